/* SPDX-License-Identifier: BSL-1.0
 *
 * A run queue: a ring of one owner and many thieves, and the overflow queue of all threads.
 * Mirrors: framework/src/scheduler/run_queue.hpp (push, pop, refill, steal_from), with four places instead of
 * 256. The counters run free and wrap, as 32-bit ones do; they start shortly before they wrap.
 *
 * The owner pushes items, takes some out again and refills; thieves take half of a ring into their own
 * and steal from each other's. Each load, store and compare-and-swap is a step of its own; what the
 * overflow queue's mutex guards is one step. With KEPT the thief starts with so many in its own ring,
 * as a thread has that found no stack for them, and goes on stealing.
 *
 * Proved: each item is run once, none is lost, no place is overwritten that still holds one.
 *
 * Small: -DITEMS=7 -DTHIEVES=1 -DTRIES=2 -DOWNER_STEPS=1 -DKEPT=0
 * Small: -DITEMS=3 -DTHIEVES=2 -DTRIES=1 -DOWNER_STEPS=0 -DKEPT=0
 * Small: -DITEMS=4 -DTHIEVES=1 -DTRIES=2 -DOWNER_STEPS=1 -DKEPT=4
 * Full: -DITEMS=8 -DTHIEVES=1 -DTRIES=2 -DOWNER_STEPS=2 -DKEPT=0
 * Full: -DITEMS=3 -DTHIEVES=2 -DTRIES=2 -DOWNER_STEPS=1 -DKEPT=0
 * Mutants:
 *  1: push does not look whether the ring is full.
 *  2: pop moves the head by a store, not by a compare-and-swap.
 *  3: A thief reads the places after it has moved the head.
 *  4: The overflowing owner takes its half by a store.
 *  5: The overflowing owner forgets the new item when thieves were quicker.
 *  6: push shows the new tail before it fills the place.
 *  7: A thief believes two loads that do not belong together, and takes more than half a ring.
 *  8: refill does not look how much room there is.
 *  9: [-DITEMS=4 -DTHIEVES=1 -DTRIES=2 -DOWNER_STEPS=1 -DKEPT=4] A thief does not look how much room there is in its own ring.
 */
#ifndef MUTANT
#define MUTANT 0
#endif
#define PLACES 4
#define HALF (PLACES / 2)
#define WRAP 16                 /* more than the counters move in a run: no value comes back */
#define START 14
#define RINGS (THIEVES + 1)     /* ring 0 is the owner's */

byte head[RINGS], tail[RINGS];
byte place[RINGS * PLACES];     /* 0: never filled */
byte overflow[ITEMS];           /* the queue; what is taken closes up */
byte overflowed;
byte runs[ITEMS + KEPT + 1];

#define AT(q, i) place[(q) * PLACES + (i) % PLACES]
#define PLUS(a, b) (((a) + (b)) % WRAP)
#define MINUS(a, b) (((a) + WRAP - (b)) % WRAP)

inline execute(item) {
    assert(item != 0);
    runs[item]++;
    assert(runs[item] == 1)
}

inline add_to_overflow(item) {
    assert(overflowed < ITEMS);
    overflow[overflowed] = item;
    overflowed++
}

inline take_from_overflow(item) {
    item = overflow[0];
    overflowed--;
    i = 0;
    do
    :: i < overflowed -> overflow[i] = overflow[i + 1]; i++
    :: else -> break
    od;
    overflow[overflowed] = 0
}

inline push(item) {
    t = tail[0];
    h = head[0];
    if
    :: MINUS(t, h) < PLACES || MUTANT == 1 ->
#if MUTANT == 6
        tail[0] = PLUS(t, 1);
        AT(0, t) = item
#else
        AT(0, t) = item;
        tail[0] = PLUS(t, 1)
#endif
    :: else ->
        half[0] = AT(0, h);
        half[1] = AT(0, h + 1);
#if MUTANT == 4
        head[0] = PLUS(h, HALF); ok = true;
#else
        atomic {
            if
            :: head[0] == h -> head[0] = PLUS(h, HALF); ok = true
            :: else -> ok = false
            fi
        };
#endif
        if
        :: ok -> atomic { add_to_overflow(half[0]); add_to_overflow(half[1]); add_to_overflow(item) }
        :: else ->
#if MUTANT != 5
            atomic { add_to_overflow(item) }
#endif
        fi
    fi
}

/* item: 0 when there was none. */
inline pop(q, item) {
    do
    :: h = head[q];
        if
        :: h == tail[q] -> item = 0; break
        :: else
        fi;
        item = AT(q, h);
#if MUTANT == 2
        head[q] = PLUS(h, 1); break
#else
        atomic {
            if
            :: head[q] == h -> head[q] = PLUS(h, 1); ok = true
            :: else -> ok = false
            fi
        };
        if
        :: ok -> break
        :: else
        fi
#endif
    od
}

/* One item to run, and as many more as there is room for into the own ring. */
inline refill(item) {
    t = tail[0];
    h = head[0];
    atomic {
        item = 0;
        if
        :: overflowed > 0 ->
            take_from_overflow(item);
            n = (MUTANT == 8 -> PLACES : PLACES - MINUS(t, h));
            do
            :: n > 0 && overflowed > 0 ->
                take_from_overflow(j);
                AT(0, t) = j;           /* no thread looks there before the tail has moved */
                t = PLUS(t, 1);
                n--
            :: else -> break
            od
        :: else
        fi;
        n = 0; i = 0; j = 0
    };
    tail[0] = t
}

inline steal(q, victim, item) {
    t = tail[q];
    room = PLACES - MINUS(t, head[q]);
    do
    :: h = head[victim];
        n = MINUS(tail[victim], h);
        n = n - n / 2;
        if
        :: n == 0 -> item = 0; break
        :: n > HALF && MUTANT != 7      /* the two loads do not belong together: again */
        :: else ->
            assert(n <= HALF);          /* more would not fit into what the thief takes it with */
#if MUTANT != 9
            n = (n < room + 1 -> n : room + 1);
#endif
#if MUTANT != 3
            half[0] = AT(victim, h);
            if
            :: n == 2 -> half[1] = AT(victim, h + 1)
            :: else
            fi;
#endif
            atomic {
                if
                :: head[victim] == h -> head[victim] = PLUS(h, n); ok = true
                :: else -> ok = false
                fi
            };
            if
            :: ok ->
#if MUTANT == 3
                half[0] = AT(victim, h);
                if
                :: n == 2 -> half[1] = AT(victim, h + 1)
                :: else
                fi;
#endif
                if
                :: n == 2 ->
                    AT(q, t) = half[1];
                    tail[q] = PLUS(t, 1)
                :: else
                fi;
                item = half[0];
                break
            :: else
            fi
        fi
    od;
    atomic { half[0] = 0; half[1] = 0; h = 0; t = 0; n = 0; room = 0; ok = false }
}

proctype owner() {
    byte h, t, n, i, j, item, pushed, steps;
    byte half[HALF];
    bool ok;
    do
    :: pushed < ITEMS ->
        pushed++;
        push(pushed);
        atomic { half[0] = 0; half[1] = 0; h = 0; t = 0; ok = false }
    :: steps < OWNER_STEPS ->
        steps++;
        if
        :: pop(0, item)
        :: refill(item)         /* now and then, lest the overflow queue waits for ever */
        fi;
        if
        :: item != 0 -> execute(item); item = 0
        :: else
        fi
    :: pushed == ITEMS -> break
    od;
    /* Then it runs what is left. */
    do
    :: pop(0, item);
        if
        :: item == 0 -> refill(item)
        :: else
        fi;
        if
        :: item != 0 -> execute(item); item = 0
        :: else -> break
        fi
    od
}

proctype thief(byte me) {
    byte h, t, n, room, item, victim, tries;
    byte half[HALF];
    bool ok;
    do
    :: tries < TRIES ->
        tries++;
        /* The owner's ring, or the other thief's. */
        if
        :: victim = 0
        :: RINGS > 2 -> victim = 3 - me
        fi;
        steal(me, victim, item);
        if
        :: item != 0 && KEPT > 0 -> execute(item); item = 0     /* it keeps what is in its own ring */
        :: else
        fi;
        do
        :: item != 0 -> execute(item); pop(me, item)
        :: else -> break
        od;
        h = 0; victim = 0
    :: else -> break
    od;
    /* What another thief may have been slow to take stays in our ring until we look again. */
    pop(me, item);
    do
    :: item != 0 -> execute(item); pop(me, item)
    :: else -> break
    od
}

proctype at_rest() {
    byte item;
    timeout ->
    assert(overflowed == 0);
    do
    :: item < ITEMS + KEPT -> item++; assert(runs[item] == 1)
    :: else -> break
    od
}

init {
    byte i;
    atomic {
        do
        :: i < RINGS -> head[i] = START; tail[i] = START; i++
        :: else -> break
        od;
        i = 0;
        do
        :: i < KEPT -> AT(1, START + i) = ITEMS + 1 + i; tail[1] = PLUS(tail[1], 1); i++
        :: else -> break
        od;
        run owner();
        i = 1;
        do
        :: i < RINGS -> run thief(i); i++
        :: else -> break
        od;
        run at_rest()
    }
}
