/* SPDX-License-Identifier: BSL-1.0
 *
 * The answers of many requests, in the order in which they come: one process waits, several threads answer.
 * Mirrors: framework/src/messaging/answer_queue.cpp; enlist and withdraw in await.cpp.
 *
 * The owner adds ASKED requests, asks WAITS times for the next answer, each time until one comes or the time is up,
 * takes back what has not come, and goes away with the queue. Each request is answered by a thread of its own. The head
 * of the queue is an entry, a bell, or nothing.
 *
 * Proved: each answer comes once, or its request is taken back; an answer wakes the owner; when the owner has
 * gone away no thread touches an entry or the queue; a bell is freed once, and not touched after that.
 *
 * Small: -DASKED=2 -DWAITS=2
 * Full: -DASKED=2 -DWAITS=4
 * Full: -DASKED=3 -DWAITS=2
 * Mutants:
 *  1: A thread that answers links its entry to the older ones after it has put it into the queue.
 *  2: The owner hangs its bell without a look at what has come meanwhile.
 *  3: The owner does not take its bell down when the time is up.
 *  4: The owner goes away while an entry is on its way.
 *  5: The thread that rings the bell has no share of it.
 *  6: A bell that could not be hung keeps the share of the thread that would ring it.
 *  7: The owner takes what has come by a load and a store.
 *  8: A thread that finds the bell does not ring it.
 */
#ifndef MUTANT
#define MUTANT 0
#endif

#define NOTHING 255
#define BELL 100 /* and its number */

#if ASKED > 2
#define is_outstanding (!came[0] || !came[1] || !came[2])
#else
#define is_outstanding (!came[0] || !came[1])
#endif

mtype = { open, awaited, answered };

mtype state[ASKED];
byte next[ASKED];        /* of an entry: the older one */
bool came[ASKED];        /* by the owner's hand */
bool back[ASKED];        /* taken back */
byte head = NOTHING;
bool gone;               /* the owner, with the queue and its entries */
byte first_count;        /* entries that the owner has taken and not handed out */
bool taken[ASKED];       /* one of those */
byte shares[WAITS];      /* of a bell */
bool rung[WAITS], made[WAITS];

inline release(b) {
    atomic {
        assert(shares[b] > 0);
        shares[b]--
    }
}

proctype answerer(byte i) {
    byte seen;
    if
    :: atomic { state[i] == open -> state[i] = answered }
    :: atomic { state[i] == awaited -> state[i] = answered };
        do
        :: atomic { assert(!gone); seen = head };
            assert(!gone);
#if MUTANT != 1
            if
            :: seen != NOTHING && seen < BELL -> next[i] = seen
            :: else -> next[i] = NOTHING
            fi;
#endif
            if
            :: atomic { head == seen -> assert(!gone); head = i }; break
            :: atomic { head != seen -> assert(!gone) }
            fi
        od;
#if MUTANT == 1
        assert(!gone);
        if
        :: seen != NOTHING && seen < BELL -> next[i] = seen
        :: else -> next[i] = NOTHING
        fi;
#endif
#if MUTANT != 8
        if
        :: seen != NOTHING && seen >= BELL ->
            assert(shares[seen - BELL] > 0);
            rung[seen - BELL] = true;
            release(seen - BELL)
        :: else
        fi
#endif
    fi
}

/* The order within one look is that of a list turned round, and not modelled. */
inline take() {
#if MUTANT == 7
    at = head;
    head = NOTHING;
#else
    atomic { at = head; head = NOTHING };
#endif
    assert(at == NOTHING || at < BELL);
    do
    :: at == NOTHING -> break
    :: else ->
        assert(!taken[at] && !came[at] && !back[at]);
        taken[at] = true;
        first_count++;
        at = next[at]
    od
}

inline pop() {
    if
    :: first_count == 0
    :: first_count > 0 ->
        first_count--;
        if
        :: taken[0] -> taken[0] = false; came[0] = true
        :: taken[1] -> taken[1] = false; came[1] = true
#if ASKED > 2
        :: taken[2] -> taken[2] = false; came[2] = true
#endif
        fi;
        found = true
    fi
}

/* With or without a time limit. Without one only while an answer is still to come. */
inline wait_for_the_bell() {
    if
    :: rung[wait]
    :: true
    :: atomic { is_outstanding -> rung[wait] }
    fi
}

inline take_down(b) {
#if MUTANT != 3
    if
    :: atomic { head == BELL + b -> head = NOTHING }; release(b)
    :: atomic { head != BELL + b -> skip }
    fi;
#endif
    release(b)
}

proctype owner() {
    byte i, at, wait;
    bool found;
    for (i : 0 .. ASKED - 1) {
        if
        :: atomic { state[i] == open -> state[i] = awaited }
        :: atomic { state[i] == answered -> taken[i] = true; first_count++ }
        fi
    }
    for (wait : 0 .. WAITS - 1) {
        found = false;
        if
        :: first_count == 0 -> take()
        :: else
        fi;
        pop();
        if
        :: found
        :: else ->
            made[wait] = true;
#if MUTANT == 5
            shares[wait] = 1;
#else
            shares[wait] = 2;
#endif
#if MUTANT == 2
            head = BELL + wait;
            wait_for_the_bell();
#else
            if
            :: atomic { head == NOTHING -> head = BELL + wait };
                wait_for_the_bell()
            :: atomic { head != NOTHING -> skip };
#if MUTANT != 6
                release(wait)
#endif
            fi;
#endif
            take_down(wait);
            take();
            pop()
        fi
    }
    for (i : 0 .. ASKED - 1) {
        if
        :: came[i]
        :: taken[i] -> taken[i] = false; first_count--; came[i] = true
        :: else ->
            if
            :: atomic { state[i] == awaited -> state[i] = open; back[i] = true }
            :: atomic { state[i] == answered -> skip };
#if MUTANT != 4
                do
                :: taken[i] -> break
                :: else -> take()
                od;
                taken[i] = false;
                first_count--;
#endif
                came[i] = true
            fi
        fi
    }
    gone = true
}

init {
    byte i;
    atomic {
        for (i : 0 .. ASKED - 1) {
            state[i] = open;
            next[i] = NOTHING;
            run answerer(i)
        }
        run owner()
    };
    (_nr_pr == 1 || timeout);
    assert(_nr_pr == 1); /* the owner does not wait for ever */
    for (i : 0 .. ASKED - 1) {
        assert(came[i] != back[i])
    }
    for (i : 0 .. WAITS - 1) {
        assert(shares[i] == 0)
    }
}
