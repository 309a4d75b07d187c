/* SPDX-License-Identifier: BSL-1.0
 *
 * The inbox of a process in one word.
 * Mirrors: framework/src/process/inbox.hpp (push, take_all, go_idle), process.hpp (append, pop), the loop of run_server in
 * server_process.cpp, and schedule in worker.cpp, where a process in a run queue is a token here.
 *
 * Senders push messages, and a signal at the end, into one process; runners take it from the run queue
 * and handle its messages. Envelopes are used again as soon as they were handled.
 *
 * Proved: no message is lost or handled twice; one owner at a time, and only the owner touches the
 * taken messages; the messages of one sender are taken and handled in order, signals among it; when nothing moves
 * any more the process is idle and has no owner.
 *
 * What an owner does with the taken messages alone is one step here; that it is alone is asserted.
 *
 * Small: -DSENDERS=2 -DMESSAGES=1
 * Full: -DSENDERS=2 -DMESSAGES=2
 * Mutants:
 *  1: A sender claims an idle process by a load and a store, not by a compare-and-swap.
 *  2: The sender that claimed the process forgets to schedule it.
 *  3: A sender schedules the process although it only replaced `empty`: two runners own it.
 *  4: The owner goes idle by a store: messages that came meanwhile lie there for ever.
 *  5: The owner does not look again when going idle failed.
 *  6: The owner looks into the taken messages once more after it went idle.
 *  7: A signal is taken before older messages that lie in the word with it.
 */
#ifndef MUTANT
#define MUTANT 0
#endif
#ifndef RUNNERS
#define RUNNERS 2
#endif
#define TURN 2                  /* messages before the process goes to the end of the run queue */
#define EACH (MESSAGES + 1)     /* the last one is the signal */
#define NODES (SENDERS + 2)
#define NIL 255

/* The word: EMPTY (owned, nothing new), IDLE (no thread owns the process), else node n on top. */
#define EMPTY 0
#define IDLE 1
#define TOP(n) (n + 2)
#define NODE(w) (w - 2)

byte word = IDLE;
byte next[NODES];
byte value[NODES];              /* sender * 16 + number, from 1 */
bool used[NODES];
byte head = NIL, tail = NIL;    /* the taken messages */
byte tokens;                    /* how often the process stands in run queues */
byte owners;                    /* the runners that believe to own it */
byte running;
byte sent, done;
byte taken[SENDERS], handled[SENDERS];   /* the last number of each sender */

#define IS_SIGNAL(n) ((value[n] & 15) == EACH)

inline note_taken(n) {
    assert(taken[value[n] / 16] + 1 == (value[n] & 15));
    taken[value[n] / 16]++
}

inline append(n) {
    assert(owners == 1 && !IS_SIGNAL(n));
    note_taken(n);
    next[n] = NIL;
    if
    :: tail != NIL -> next[tail] = n
    :: else -> head = n
    fi;
    tail = n
}

/* What a signal does, it does when it is taken. */
inline act(n) {
    note_taken(n);
    done++;
    used[n] = false
}

inline exchange_if(expected, desired, ok) {
    atomic {
        if
        :: word == expected -> word = desired; ok = true
        :: else -> ok = false
        fi
    }
}

proctype sender(byte me) {
    byte n, seen, count;
    bool ok;
    do
    :: count < EACH ->
        atomic {
            n = 0;
            do
            :: n < NODES && used[n] -> n++
            :: else -> break
            od;
            n < NODES;
            used[n] = true;
            value[n] = me * 16 + count + 1
        }
        seen = word;
        do
        :: seen == IDLE && !IS_SIGNAL(n) ->
#if MUTANT == 1
            word = EMPTY; ok = true;
#else
            exchange_if(IDLE, EMPTY, ok);
#endif
            if
            :: ok ->
                owners++;
                assert(owners == 1);
                d_step { append(n) };
#if MUTANT != 2
                tokens++;
#endif
                break
            :: else -> seen = word
            fi
        :: else ->
            next[n] = (seen == EMPTY || seen == IDLE -> NIL : NODE(seen));
            exchange_if(seen, TOP(n), ok);
            if
            :: ok ->
                if
                :: seen == IDLE -> owners++; assert(owners == 1); tokens++
                :: else ->
#if MUTANT == 3
                    tokens++
#else
                    skip
#endif
                fi;
                break
            :: else -> seen = word
            fi
        od;
        sent++;
        count++;
        seen = 0; ok = false; n = 0
    :: else -> break
    od
}

proctype runner() {
    byte n, newest, oldest, following, turn, w;
    bool ok;
end:
    do
    :: atomic { tokens > 0 -> tokens-- };
        running++;
        assert(running == 1);
        turn = 0;
        do
        :: head != NIL ->
            d_step {
                n = head;
                head = next[n];
                if
                :: head == NIL -> tail = NIL
                :: else
                fi;
                w = value[n];
                assert(owners == 1 && used[n] && handled[w / 16] + 1 == (w & 15));
                handled[w / 16]++; done++; used[n] = false; turn++; n = 0; w = 0
            };
            if
            :: turn == TURN -> running--; tokens++; break   /* schedule_last */
            :: else
            fi
        :: else ->
            /* take_all, then go_idle when there was nothing. */
            w = word;
            if
            :: w == EMPTY ->
#if MUTANT == 4
                running--; owners--; word = IDLE; break
#elif MUTANT == 5
                atomic {
                    running--; owners--;
                    if
                    :: word == EMPTY -> word = IDLE
                    :: else
                    fi
                };
                break
#else
                atomic {
                    if
                    :: word == EMPTY -> word = IDLE; ok = true; running--; owners--
                    :: else -> ok = false
                    fi
                };
                if
                :: ok ->
#if MUTANT == 6
                    assert(owners == 0 && head == NIL);
#endif
                    break
                :: else        /* messages have come: once more */
                fi
#endif
            :: else ->
                atomic { newest = NODE(word); word = EMPTY };
                assert(newest != NIL && owners == 1);
                d_step {
                    oldest = NIL;
#if MUTANT == 7
                    n = newest;
                    do
                    :: n != NIL && IS_SIGNAL(n) -> act(n); n = next[n]
                    :: else -> break
                    od;
                    newest = n;
#endif
                    do
                    :: newest != NIL ->
                        following = next[newest];
                        next[newest] = oldest;
                        oldest = newest;
                        newest = following
                    :: else -> break
                    od;
                    do
                    :: oldest != NIL ->
                        following = next[oldest];
                        if
                        :: IS_SIGNAL(oldest) -> act(oldest)
                        :: else -> append(oldest)
                        fi;
                        oldest = following
                    :: else -> break
                    od;
                    newest = 0; oldest = 0; following = 0; n = 0
                }
            fi;
            w = 0
        od;
        atomic { turn = 0; ok = false; w = 0 }
    od
}

proctype at_rest() {
    byte n;
end:
    timeout ->
    assert(sent == SENDERS * EACH && done == sent);
    assert(word == IDLE && owners == 0 && tokens == 0 && running == 0);
    do
    :: n < NODES -> assert(!used[n]); n++
    :: else -> break
    od
}

init {
    byte i;
    atomic {
        do
        :: i < SENDERS -> run sender(i); i++
        :: else -> break
        od;
        i = 0;
        do
        :: i < RUNNERS -> run runner(); i++
        :: else -> break
        od;
        run at_rest()
    }
}
