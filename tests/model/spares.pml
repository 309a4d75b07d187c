/* SPDX-License-Identifier: BSL-1.0
 *
 * A standby thread helps while the watchdog wants it to, and is then on another list of sleepers.
 * Mirrors: framework/src/scheduler/worker.cpp (helps, stop_helping, find_work, any_work, idle) and
 * watchdog.cpp (want_helpers), on idle_threads.hpp, which `park` models in all its steps; here each of its
 * calls is one step.
 *
 * One normal thread and one standby thread. ITEMS items come into the overflow queue from outside, each with a
 * publish of its own. STUCK=1: one item never ends, and holds the normal thread, or the helping
 * standby thread instead; then the watchdog wants a helper. STUCK=0: the watchdog wants one at any time, and
 * then no more. A helper takes two items from the queue at once, the second into its ring.
 *
 * Proved: when nothing can move any more, all items have been run that a free thread could have run, and
 * each thread that is not held sleeps on one list, which counts it.
 *
 * Small: -DITEMS=2 -DSTUCK=0
 * Small: -DITEMS=3 -DSTUCK=1
 * Full: -DITEMS=4 -DSTUCK=0
 * Full: -DITEMS=4 -DSTUCK=1
 * Mutants:
 *  1: A standby thread whose role has just changed goes to sleep on the list of the old one.
 *  2: [-DITEMS=3 -DSTUCK=1] A standby thread does not look whether it is wanted before it sleeps.
 *  3: [-DITEMS=3 -DSTUCK=1] The watchdog wakes standby threads before it says that it wants one.
 *  4: A standby thread that ceases to help keeps the items in its ring.
 *  5: A standby thread that ceases to help wakes no thread for the items that it gives back.
 *  6: A standby thread whose role has just changed counts itself out of the searchers of the new list.
 *  7: A waker's choice that finds that it is not to help wakes no successor.
 */
#ifndef MUTANT
#define MUTANT 0
#endif
#define NORMAL 0        /* a thread; and the list of working threads */
#define STANDBY 1         /* the other thread; and the list of threads that are not wanted */
#define NOWHERE 2

byte overflow, ring;            /* of the standby thread: the normal thread's cannot be seen from here */
byte wanted, helpers;
byte idle_count[2], searching_count[2];         /* of the lists */
byte parked[2] = NOWHERE;                       /* of the threads: on which list */
bool told[2], post[2], held[2];
byte done;
bool stuck_one;

/* One step each, whole: see park.pml. The list's newest sleeper is any. */
inline published(list) {
    atomic {
        if
        :: searching_count[list] == 0 && parked[NORMAL] == list ->
            parked[NORMAL] = NOWHERE; told[NORMAL] = true; post[NORMAL] = true;
            idle_count[list]--; searching_count[list]++
        :: searching_count[list] == 0 && parked[STANDBY] == list ->
            parked[STANDBY] = NOWHERE; told[STANDBY] = true; post[STANDBY] = true;
            idle_count[list]--; searching_count[list]++
        :: searching_count[list] > 0 || (parked[NORMAL] != list && parked[STANDBY] != list)
        fi
    }
}

inline end_search(list) {
    atomic { searching_count[list]--; last = (searching_count[list] == 0) };
    if
    :: last -> published(list)
    :: else
    fi;
    last = false
}

inline execute() {
    atomic {
        found = false;
        if
        :: STUCK && !stuck_one -> stuck_one = true; held[me] = true
        :: else -> done++
        fi
    };
    if
    :: held[me] -> false        /* for ever */
    :: else
    fi
}

inline sleep_on(list) {
    atomic { parked[me] = list; idle_count[list]++; searching_count[list]-- };
    if
    :: overflow > 0 && list == NORMAL
#if MUTANT != 2
    :: list == STANDBY && wanted > helpers
#endif
    :: else -> atomic { post[me] -> post[me] = false }
    fi;
    atomic {
        searching = false;
        if
        :: parked[me] == list -> parked[me] = NOWHERE; idle_count[list]--
        :: told[me] -> searching = true
        :: else
        fi;
        told[me] = false
    }
}

proctype normal() {
    byte me = NORMAL;
    bool found, last, searching;
end:
    do
    ::  atomic { searching_count[NORMAL]++ };
        atomic {
            if
            :: overflow > 0 -> overflow--; found = true
            :: else
            fi
        };
        if
        :: found -> end_search(NORMAL); execute()
        :: else ->
            sleep_on(NORMAL);
            if
            :: searching ->
                atomic {
                    if
                    :: overflow > 0 -> overflow--; found = true
                    :: else
                    fi
                };
                end_search(NORMAL);
                if
                :: found -> execute()
                :: else
                fi
            :: else
            fi
        fi
    od
}

/* Am I to help? What the ring holds goes back when I am not any more. */
inline look_whether_to_help() {
    atomic {
        stops = false;
        if
        :: helping && helpers > wanted -> helpers--; helping = false; stops = true
        :: !helping && helpers < wanted -> helpers++; helping = true
        :: else
        fi
    };
    if
    :: stops ->
#if MUTANT != 4
        atomic { gave = ring; overflow = overflow + ring; ring = 0 };
#if MUTANT != 5
        published(NORMAL);
#endif
        gave = 0;
#endif
        stops = false
    :: else
    fi
}

inline look_for_work() {
    look_whether_to_help();
    if
    :: helping ->
        atomic {
            if
            :: ring > 0 -> ring--; found = true
            :: ring == 0 && overflow > 0 ->
                overflow--;
                found = true;
                if
                :: overflow > 0 -> overflow--; ring++
                :: else
                fi
            :: else
            fi
        }
    :: else
    fi
}

proctype standby() {
    byte me = STANDBY, list, gave;
    bool found, last, searching, helping, stops;
end:
    do
    ::  look_for_work();        /* choose */
        if
        :: found -> execute()
        :: else
        fi;
        /* idle */
        list = (helping -> NORMAL : STANDBY);
        atomic { searching_count[list]++ };
        look_for_work();
        if
        :: found -> end_search(list)
#if MUTANT != 1
        :: !found && list != (helping -> NORMAL : STANDBY) ->
#if MUTANT == 6
            list = (helping -> NORMAL : STANDBY);
#endif
            end_search(list)
        :: !found && list == (helping -> NORMAL : STANDBY) ->
#else
        :: else ->
#endif
            sleep_on(list);
            if
            :: searching ->
                look_for_work();
#if MUTANT == 7
                atomic { searching_count[list]-- }
#else
                end_search(list)
#endif
            :: else
            fi
        fi;
        if
        :: found -> execute()
        :: else
        fi
    od
}

proctype outside() {
    overflow++;
    published(NORMAL)
}

inline want(n) {
#if MUTANT == 3
    published(NORMAL);
    published(STANDBY);
    wanted = n
#else
    wanted = n;
    if
    :: n > 0 -> published(NORMAL); published(STANDBY)
    :: else
    fi
#endif
}

proctype watchdog() {
#if STUCK
end:
    held[NORMAL] || held[STANDBY] -> want(1)
#else
    want(1);
    want(0)
#endif
}

proctype at_rest() {
end:
    timeout ->
    d_step {
        assert(searching_count[NORMAL] == 0 && searching_count[STANDBY] == 0);
        assert(held[NORMAL] || parked[NORMAL] == NORMAL);
        assert(held[STANDBY] || parked[STANDBY] != NOWHERE);
        assert(idle_count[NORMAL] == (parked[NORMAL] == NORMAL) + (parked[STANDBY] == NORMAL));
        assert(idle_count[STANDBY] == (parked[STANDBY] == STANDBY));
        /* A ring lies still only with the standby thread that is held by its first item; others may steal it. */
        assert(overflow == 0 && (ring == 0 || held[STANDBY]));
        assert(done + ring + (held[NORMAL] || held[STANDBY]) == ITEMS)
    }
}

init {
    byte i;
    atomic {
        run normal();
        run standby();
        run watchdog();
        do
        :: i < ITEMS -> run outside(); i++
        :: else -> break
        od;
        run at_rest()
    }
}
