/* SPDX-License-Identifier: BSL-1.0
 *
 * Threads that have nothing to do go to sleep, and a thread that makes work wakes them.
 * Mirrors: framework/src/scheduler/idle_threads.hpp (published, published_to, begin_search, end_search, park, leave) and
 * the ways in which worker.cpp uses it: next_process, idle, drain_remote, schedule, send_to.
 *
 * THREADS threads of the runtime. From outside, OUTSIDE publishers put an item into the overflow queue
 * each and DIRECTED ones into thread 0's own inbox; IO times an I/O event wakes thread 0, whose handler
 * puts an item into its ring. Items that are run may make SPAWN further ones, in the ring of the thread
 * that runs them. A thread takes two items from the overflow queue at once, the second into its ring.
 * BUSY=1: one item of the overflow queue never ends, and its thread never looks up again.
 *
 * What the mutex guards is one step. A publisher's store may stay in its store buffer until its fence, as on
 * x86 (TSO). The parking thread changes the word by a read-modify-write, which is a fence there.
 *
 * Proved: when nothing can move any more, all items have been run, and all threads sleep and are
 * counted as idle. With a busy thread: no thread sleeps while there is an item that it could take.
 * The newest process, which a thread keeps for itself, is not modelled: thieves do not see it.
 *
 * Small: -DTHREADS=1 -DOUTSIDE=2 -DDIRECTED=1 -DIO=0 -DSPAWN=1 -DBUSY=0
 * Small: -DTHREADS=2 -DOUTSIDE=2 -DDIRECTED=0 -DIO=0 -DSPAWN=0 -DBUSY=1
 * Small: -DTHREADS=2 -DOUTSIDE=0 -DDIRECTED=0 -DIO=1 -DSPAWN=1 -DBUSY=0
 * Full: -DTHREADS=2 -DOUTSIDE=2 -DDIRECTED=0 -DIO=0 -DSPAWN=0 -DBUSY=0
 * Full: -DTHREADS=2 -DOUTSIDE=1 -DDIRECTED=1 -DIO=0 -DSPAWN=1 -DBUSY=0
 * Full: -DTHREADS=2 -DOUTSIDE=2 -DDIRECTED=0 -DIO=0 -DSPAWN=1 -DBUSY=1
 * Full: -DTHREADS=2 -DOUTSIDE=1 -DDIRECTED=0 -DIO=1 -DSPAWN=0 -DBUSY=1
 * Mutants:
 *  1: [-DTHREADS=2 -DOUTSIDE=2 -DDIRECTED=0 -DIO=0 -DSPAWN=0 -DBUSY=0] A publisher does not fence between its work and its look at the word.
 *  2: A directed publisher looks whether the thread sleeps before it pushes.
 *  3: [-DTHREADS=2 -DOUTSIDE=2 -DDIRECTED=0 -DIO=0 -DSPAWN=0 -DBUSY=1] The last searcher that leaves with work wakes no successor.
 *  4: A thread does not look for work once more before it sleeps.
 *  5: A thread counts itself out of the searchers before it is on the list.
 *  6: [-DTHREADS=2 -DOUTSIDE=2 -DDIRECTED=0 -DIO=0 -DSPAWN=0 -DBUSY=1] A thread that moves items from the overflow queue into its ring wakes no thread.
 *  7: A thread that was woken to search does not know it, and never counts itself out.
 *  8: A waker takes a thread off the list and posts nothing, since it looks awake.
 */
#ifndef MUTANT
#define MUTANT 0
#endif

byte overflow;                  /* items in the overflow queue, */
byte ring[THREADS];             /* in the rings, */
byte remote[THREADS];           /* and in the threads' own inboxes */

byte idle_count, searching_count;       /* the two halves of one word */
bool parked[THREADS], told_to_search[THREADS];
bool post[THREADS];             /* something lies in the thread's io_context */
byte io_events;

byte spawned, done, made;
bool busy[THREADS];
bool one_is_busy;

inline wake_searcher() {
    atomic {
        i = THREADS;
        if
        :: searching_count == 0 && idle_count > 0 ->
            i = 0;
            do
            :: !parked[i] -> i++
            :: else -> break
            od;
            parked[i] = false;
            idle_count--;
            searching_count++;
#if MUTANT != 7
            told_to_search[i] = true
#endif
        :: else
        fi
    };
    atomic {
        if
        :: i < THREADS && MUTANT != 8 -> post[i] = true
        :: else
        fi;
        i = 0
    }
}

/* After the fence. */
inline published() {
    atomic { wanted = (idle_count > 0 && searching_count == 0) };
    if
    :: wanted -> wake_searcher()
    :: else
    fi;
    wanted = false
}

inline published_to(t) {
    if
    :: parked[t] ->
        atomic {
            if
            :: parked[t] -> parked[t] = false; idle_count--; told_to_search[t] = false; wake = true
            :: else
            fi
        };
        if
        :: wake -> post[t] = true
        :: else
        fi
    :: else
    fi
}

proctype outside() {
    byte i;
    bool wanted, buffered;
    if
    :: buffered = true
    :: overflow++
    fi;
#if MUTANT != 1
    atomic {
        if
        :: buffered -> overflow++; buffered = false
        :: else
        fi
    };
#endif
    published();
    if
    :: buffered -> overflow++; buffered = false
    :: else
    fi
}

proctype directed() {
    bool first, sleeps, wake;
#if MUTANT == 2
    sleeps = parked[0];
#else
    sleeps = true;
#endif
    atomic { first = (remote[0] == 0); remote[0]++ };
    if
    :: first && sleeps -> published_to(0)
    :: else
    fi
}

inline begin_search() {
    if
    :: !searching -> atomic { searching = true; searching_count++ }
    :: else
    fi
}

inline end_search() {
    if
    :: searching ->
        atomic { searching = false; searching_count--; last = (searching_count == 0) };
        if
        :: last ->
#if MUTANT == 3
            skip
#else
            published()
#endif
        :: else
        fi;
        last = false
    :: else
    fi
}

inline leave() {
    atomic {
        if
        :: parked[me] -> parked[me] = false; idle_count--
        :: told_to_search[me] -> searching = true       /* its waker has counted it */
        :: else
        fi;
        told_to_search[me] = false
    }
}

/* Two at once, if there are two. */
inline refill() {
    atomic {
        if
        :: overflow > 0 ->
            overflow--;
            found = true;
            if
            :: BUSY && !one_is_busy -> one_is_busy = true; endless = true
            :: else
            fi;
            if
            :: overflow > 0 -> overflow--; batch = true
            :: else
            fi
        :: else
        fi
    };
    if
    :: batch -> batch = false; ring[me]++; moved = true
    :: else
    fi
}

inline steal() {
    i = 0;
    do
    :: i < THREADS && !found ->
        atomic {
            if
            :: i != me && ring[i] > 0 -> ring[i]--; found = true
            :: else
            fi;
            i++
        }
    :: else -> break
    od;
    i = 0
}

inline any_work() {
    seen = (remote[me] > 0);
    seen = seen || overflow > 0;
    i = 0;
    do
    :: i < THREADS -> seen = seen || ring[i] > 0; i++
    :: else -> break
    od;
    i = 0
}

inline execute() {
    if
    :: endless -> busy[me] = true; false        /* for ever */
    :: else
    fi;
    atomic {
        done++;
        found = false;
        if
        :: spawned < SPAWN -> spawned++; batch = true
        :: else
        fi
    };
    if
    :: batch -> batch = false; ring[me]++; published()
    :: else
    fi
}

inline park() {
#if MUTANT == 5
    searching_count--;
    any_work();
    atomic { parked[me] = true; idle_count++; searching = false };
#else
    atomic { parked[me] = true; idle_count++; searching_count--; searching = false };
#endif
#if MUTANT != 5
    any_work();
#endif
#if MUTANT == 4
    seen = false;
#endif
    if
    :: seen -> seen = false
    :: else ->
        /* run_one */
        if
        :: atomic { post[me] -> post[me] = false }
        :: atomic { me == 0 && io_events > 0 -> io_events-- };
            leave();
            ring[me]++;
            published()
        fi
    fi;
    leave()
}

proctype thread(byte me) {
    byte i;
    bool found, batch, moved, endless, searching, last, wanted, seen;
end:
    do
    ::  /* choose */
        atomic {
            if
            :: remote[me] > 0 -> remote[me]--; found = true
            :: remote[me] == 0 && ring[me] > 0 -> ring[me]--; found = true
            :: else
            fi
        };
        if
        :: found
        :: else ->
            refill();
            if
            :: moved ->
                moved = false;
#if MUTANT != 6
                published()
#endif
            :: else
            fi
        fi;
        if
        :: found -> execute()
        :: else ->
            /* idle */
            begin_search();
            refill();
            moved = false;              /* end_search tells of it */
            if
            :: !found -> steal()
            :: else
            fi;
            if
            :: found || remote[me] > 0 -> end_search()
            :: else ->
                park();
                if
                :: searching ->
                    refill();
                    moved = false;
                    if
                    :: !found -> steal()
                    :: else
                    fi;
                    end_search()
                :: else
                fi
            fi;
            if
            :: found -> execute()
            :: else
            fi
        fi
    od
}

proctype at_rest() {
    byte t;
    bool some_thread_is_busy;
end:
    timeout ->
    d_step {
        do
        :: t < THREADS -> some_thread_is_busy = some_thread_is_busy || busy[t]; t++
        :: else -> break
        od;
        assert(overflow == 0 && io_events == 0 && searching_count == 0);
        t = 0;
        do
        :: t < THREADS ->
            assert(ring[t] == 0 && (busy[t] || remote[t] == 0));
            assert(busy[t] || parked[t]);
            t++
        :: else -> break
        od;
        assert(idle_count == (some_thread_is_busy -> THREADS - 1 : THREADS));
        assert(some_thread_is_busy || done == OUTSIDE + DIRECTED + IO + spawned)
    }
}

init {
    byte i;
    atomic {
        io_events = IO;
        do
        :: i < THREADS -> run thread(i); i++
        :: else -> break
        od;
        i = 0;
        do
        :: i < OUTSIDE -> run outside(); i++
        :: else -> break
        od;
        i = 0;
        do
        :: i < DIRECTED -> run directed(); i++
        :: else -> break
        od;
        run at_rest()
    }
}
