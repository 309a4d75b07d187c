/* SPDX-License-Identifier: BSL-1.0
 *
 * Waiting for one of several pending requests, on a plain thread or in a process.
 * Mirrors: framework/src/messaging/await.cpp (enlist, withdraw, wait_on_thread, wait_in_process) and in
 * reply.cpp deliver and release, for requests without a thread of the caller.
 *
 * One client has sent REQUESTS requests. It waits for any of them, takes those that are answered, waits
 * again, and at some moment has enough and drops the rest. Each wait has a waiter on the stack, at the
 * address of the one before. Every request is answered by a server of its own.
 * PROCESS=0: a thread that sleeps on a futex, with time-outs and stray wakes.
 * PROCESS=1: a process, whose thread handles arrivals, its timer and a kill in any order, also
 * after one of them has made the process ready and before it runs.
 *
 * Proved: no server touches a waiter that is gone or a request that is freed; a client that waits without
 * limit for something answered goes on; a process is made ready once for each time it waits; each
 * request is freed by the last of its two owners.
 *
 * Small: -DPROCESS=0 -DREQUESTS=2
 * Small: -DPROCESS=1 -DREQUESTS=2
 * Full: -DPROCESS=0 -DREQUESTS=3
 * Full: -DPROCESS=1 -DREQUESTS=3
 * Mutants:
 *  1: The client registers by a store, and overwrites an answer.
 *  2: The server answers by a load and a store, and misses a waiter that has registered meanwhile.
 *  3: The client takes its registration back by a store: the wake finds no waiter.
 *  4: The client goes on while wakes are on their way to its waiter.
 *  5: The thread falls asleep without comparing the count of wakes.
 *  6: [-DPROCESS=1 -DREQUESTS=2] An arrival makes a process ready that its timer, or a kill, made ready before.
 *  7: [-DPROCESS=1 -DREQUESTS=2] The process waits for the first wake only, not for the others.
 *  8: [-DPROCESS=1 -DREQUESTS=2] The process does not wait for the arrival that is under way to it.
 *  9: The server touches the waiter once more after it has counted its wake.
 */
#ifndef MUTANT
#define MUTANT 0
#endif
#define OPEN 0
#define ANSWERED 1
#define AWAITED 2
#define NO_WAITER 255

byte state[REQUESTS];
byte registered[REQUESTS];             /* the number of the wait that registered last */
byte owners[REQUESTS];          /* client and server */

byte wait_now;                  /* the number of the waiter that stands on the stack */
bool alive;                     /* whether one does */
byte wakes;                     /* counted in it */

bool asleep;                    /* in the futex; its address never changes */

/* In a process's waiter. */
mtype = { waiting, woken, given_up };
mtype result;
bool first, has_arrived, parked, cancellable;
byte remote;                    /* arrivals in the process's thread's inbox */
byte ready;                     /* entries in its ready list */

inline release(r) {
    atomic { assert(owners[r] > 0); owners[r]-- }
}

proctype server(byte r) {
    byte seen, waiter;
    assert(owners[r] > 0);
#if MUTANT == 2
    seen = state[r];
    state[r] = ANSWERED;
#else
    atomic { seen = state[r]; state[r] = ANSWERED };
#endif
    if
    :: seen == AWAITED ->
        waiter = registered[r];
        assert(alive && wait_now == waiter && owners[r] > 0);
#if PROCESS
        atomic {
            assert(alive && wait_now == waiter);
            if
            :: first -> first = false; remote++
            :: else
            fi
        };
#endif
        atomic { assert(alive && wait_now == waiter); wakes++ };
#if MUTANT == 9
        assert(alive && wait_now == waiter);
#endif
#if !PROCESS
        asleep = false          /* by address only: it may be another wait's by now */
#endif
    :: else
    fi;
    release(r)
}

inline first_answered() {
    found = 0;
    do
    :: found < REQUESTS && (!held[found] || state[found] != ANSWERED) -> found++
    :: else -> break
    od
}

/* Registers with all that are held; stops at one that is answered. */
inline enlist() {
    i = 0;
    all = true;
    do
    :: i < REQUESTS && all ->
        if
        :: held[i] ->
            registered[i] = wait_now;
#if MUTANT == 1
            state[i] = AWAITED; listed[i] = true
#else
            atomic {
                if
                :: state[i] == OPEN -> state[i] = AWAITED; listed[i] = true
                :: else -> all = false
                fi
            }
#endif
        :: else
        fi;
        i++
    :: else -> break
    od
}

inline withdraw() {
    i = 0;
    expected = 0;
    do
    :: i < REQUESTS ->
        if
        :: listed[i] ->
#if MUTANT == 3
            state[i] = (state[i] == ANSWERED -> ANSWERED : OPEN); listed[i] = false
#else
            atomic {
                if
                :: state[i] == AWAITED -> state[i] = OPEN
                :: else -> expected++
                fi;
                listed[i] = false
            }
#endif
        :: else
        fi;
        i++
    :: else -> break
    od
}

/* Compares and sleeps in one step, as the kernel does. */
inline futex_wait(value) {
    atomic {
        if
        :: wakes == value || MUTANT == 5 -> asleep = true
        :: else
        fi
    }
}

inline wait_on_thread() {
    enlist();
    if
    :: all ->
        do
        :: wakes > 0 || out_of_time -> break
        :: else ->
            futex_wait(0);
            if
            :: !asleep
            :: atomic { asleep && limited -> asleep = false; out_of_time = true }
            :: atomic { asleep && strays > 0 -> asleep = false; strays-- }
            fi
        od
    :: else
    fi;
    withdraw();
#if MUTANT != 4
    do
    :: i = wakes;
        if
        :: i >= expected -> break
        :: else -> futex_wait(i); !asleep
        fi
    od
#endif
}

/* The process's thread, until it runs the process again. */
inline block() {
    parked = true;
    do
    :: ready > 0 -> ready--; break
    :: atomic { remote > 0 ->
            remote--;
            assert(alive);
            has_arrived = true;
            if
            :: parked && (result == waiting || MUTANT == 6) ->
                result = (result == waiting -> woken : result);
                ready++
            :: else
            fi
        }
    :: atomic { cancellable && result == waiting -> result = given_up; ready++ }
    od;
    parked = false
}

inline wait_in_process() {
    atomic { first = true; has_arrived = false; parked = false; result = waiting; cancellable = limited };
    enlist();
    if
    :: all -> block()
    :: else
    fi;
    withdraw();
#if MUTANT != 8
    if
    :: expected > 0 && !has_arrived ->
        result = waiting;
        cancellable = false;
        block()
    :: else
    fi;
#endif
#if MUTANT == 7
    wakes > 0 || expected == 0;
#elif MUTANT != 4
    wakes >= expected;          /* it spins: they are a few instructions from done */
#endif
    assert(ready == 0)          /* else it would run on in its next wait, or twice */
}

proctype client() {
    byte i, found, left, expected, strays;
    bool all, out_of_time, limited;
    bool held[REQUESTS], listed[REQUESTS];
    d_step {
        left = REQUESTS;
        strays = 1;
        do
        :: i < REQUESTS -> held[i] = true; i++
        :: else -> break
        od
    };
    do
    :: left > 0 ->
        first_answered();
        if
        :: found == REQUESTS ->
            if
            :: limited = true
            :: limited = false
            fi;
            atomic { wait_now++; alive = true; wakes = 0; out_of_time = false };
#if PROCESS
            wait_in_process();
#else
            wait_on_thread();
#endif
            alive = false;
            first_answered();
            assert(limited || found < REQUESTS)
        :: else
        fi;
        if
        :: found < REQUESTS -> held[found] = false; left--; release(found)
        :: else ->              /* time was up: it waits again, or has enough */
            if
            :: wait_now < REQUESTS + 1
            :: break
            fi
        fi
    :: else -> break
    od;
    i = 0;
    do
    :: i < REQUESTS ->
        if
        :: held[i] -> held[i] = false; release(i)
        :: else
        fi;
        i++
    :: else -> break
    od
}

proctype at_rest() {
    byte i;
end:
    timeout ->
    assert(!alive && ready == 0 && remote == 0);
    do
    :: i < REQUESTS -> assert(owners[i] == 0 && state[i] == ANSWERED); i++
    :: else -> break
    od
}

init {
    byte i;
    atomic {
        do
        :: i < REQUESTS -> owners[i] = 2; registered[i] = NO_WAITER; run server(i); i++
        :: else -> break
        od;
        run client();
        run at_rest()
    }
}
