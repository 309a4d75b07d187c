/* SPDX-License-Identifier: BSL-1.0
 *
 * A call from a process: the request carries the question there and the answer back.
 * Mirrors: framework/src/messaging/call.cpp (converse, call_wait::give_up), framework/src/signals/reply.cpp
 * (reply_arrived, deliver, release), worker.cpp (worker::arm) and suspension.cpp (cancel_wait) for calls.
 *
 * Two processes on one thread make CALLS calls each. The requests come from a small pool, so
 * a late answer would find another call in the same place. Servers on other threads answer each request
 * once, with a value, or with a failure when they die. A time-out or a kill ends a wait at any moment,
 * also when the answer has come and the client has not run yet.
 *
 * Proved: a client gets the answer to its own call or none; it is made ready once for each wait; each
 * request is freed once, by the client that has its answer or, when it comes back too late, there.
 *
 * Small: -DCALLS=2
 * Full: -DCALLS=3
 * Mutants:
 *  1: The server looks at the request once more after it has sent it back.
 *  2: The timer does not look whether the wait has ended.
 *  3: The client that gave up frees the request while it is with the server.
 *  4: A late answer wakes its caller without a look at the state.
 *  5: A server that dies drops the request instead of sending it back.
 *  6: A client that was given up keeps the state `waiting` on its request.
 */
#ifndef MUTANT
#define MUTANT 0
#endif
#define CLIENTS 2
#define REQUESTS 3
#define NIL 255

mtype = { waiting, answered, abandoned };       /* a request's state: their own thread only */
mtype state[REQUESTS];
bool used[REQUESTS];
byte in_use;
byte caller[REQUESTS];
byte question[REQUESTS], answer[REQUESTS];

mtype = { runs, waits, woken, given_up };       /* a client's wait_op */
mtype wait[CLIENTS];
byte request[CLIENTS], asked[CLIENTS], calls[CLIENTS];
byte ready[CLIENTS];                            /* entries in the ready list */

chan mailbox = [REQUESTS] of { byte };
chan remote = [REQUESTS] of { byte };           /* the callers' thread's inbox */
byte good, none, late;

inline free(r) {
    assert(used[r]);
    used[r] = false;
    in_use--
}

inline reply_arrived(r) {
    assert(used[r]);
    if
    :: state[r] == abandoned && MUTANT != 4 -> late++; free(r)
    :: else ->
        state[r] = answered;
        c = caller[r];
        assert(request[c] == r && wait[c] != runs);
        wait[c] = (wait[c] == waits -> woken : wait[c]);
        ready[c]++
    fi
}

/* A time-out or a kill. */
inline give_up(c) {
    wait[c] = given_up;
#if MUTANT != 6
    state[request[c]] = abandoned;
#endif
    ready[c]++
}

inline begin_call(c) {
    r = 0;
    do
    :: used[r] -> r++
    :: else -> break
    od;
    used[r] = true;
    in_use++;
    state[r] = waiting;
    caller[r] = c;
    request[c] = r;
    asked[c] = c * 16 + calls[c] + 1;
    question[r] = asked[c];
    answer[r] = 0;
    wait[c] = waits;
    mailbox ! r
}

/* The client's fiber runs on behind its wait. */
inline end_call(c) {
    assert(ready[c] == 1 && wait[c] != waits);
    ready[c]--;
    r = request[c];
    if
    :: wait[c] == woken ->
        assert(used[r] && state[r] == answered && answer[r] == asked[c] + 100);
        good++;
        free(r)
    :: else ->
        none++;
#if MUTANT == 3
        free(r)
#endif
    fi;
    request[c] = NIL;
    wait[c] = runs;
    calls[c]++
}

#define CAN_GIVE_UP(c) (wait[c] == waits || (MUTANT == 2 && wait[c] == woken))
#define CAN_CALL(c) (wait[c] == runs && calls[c] < CALLS && in_use < REQUESTS)

/* One thread: each of these is one step for all others. */
proctype callers_thread() {
    byte r, c;
end:
    do
    :: atomic { remote ? r -> reply_arrived(r); r = 0; c = 0 }
    :: atomic { CAN_GIVE_UP(0) -> give_up(0) }
    :: atomic { CAN_GIVE_UP(1) -> give_up(1) }
    :: atomic { CAN_CALL(0) -> begin_call(0); r = 0 }
    :: atomic { CAN_CALL(1) -> begin_call(1); r = 0 }
    :: atomic { ready[0] > 0 -> end_call(0); r = 0 }
    :: atomic { ready[1] > 0 -> end_call(1); r = 0 }
    od
}

proctype server() {
    byte r;
end:
    do
    :: mailbox ? r ->
        assert(used[r]);
        answer[r] = question[r] + 100;
#if MUTANT == 1
        remote ! r;
        assert(used[r] && answer[r] != 0)
#elif MUTANT == 5
        if
        :: remote ! r
        :: true
        fi
#else
        remote ! r      /* also when it dies: then with a failure */
#endif
        ;
        r = 0
    od
}

proctype at_rest() {
    byte i;
end:
    timeout ->
    assert(good + none == CLIENTS * CALLS && late == none);
    do
    :: i < REQUESTS -> assert(!used[i]); i++
    :: else -> break
    od
}

init {
    byte i;
    atomic {
        do
        :: i < CLIENTS -> wait[i] = runs; request[i] = NIL; i++
        :: else -> break
        od;
        run callers_thread();
        run server();
        run server();
        run at_rest()
    }
}
