/* SPDX-License-Identifier: BSL-1.0
 *
 * Senders wait for room in a full bounded mailbox whose policy is `block`.
 * Mirrors: framework/src/signals/mailbox_limit.cpp (reserve_room, return_room, let_senders_in),
 * signals.cpp (make_take_mail, sort_mail, signal_wakeup::handle), reply.cpp (deliver, forget_caller), suspension.hpp
 * (cancellation_point, begin_wait, forget_wait), and of process_exit.cpp the way out of the mailbox;
 * framework/src/messaging/call.cpp (converse, wait_for_room_in_process, closes_a_cycle), call_cycle.cpp.
 *
 * One receiver, whose mailbox is full at first, and two senders of MESSAGES messages each. A sender that finds
 * no room sends a request for it, looks for room once more, and, if there is none, waits until the receiver lets it
 * in; then it tries again. A sender that sees room abandons the request. The receiver deals with a request when it
 * takes its messages, and takes its messages when it has counted one out. Its handler returns at once, or waits for
 * a while, or for ever, or computes for ever and takes no messages.
 *
 * With -DLEAVE a sender that has reserved room may not push, and gives the room back, as one that is killed or whose
 * call would close a ring; and the wait of sender 0 ends at any moment, as by its limit or by a kill.
 * With -DKILLED the receiver is killed; it may wait once more in a destructor, and that wait is not cut short.
 * With -DRINGS a handler may call a sender, which answers when it has sent all. A process that sees that the other
 * waits for it gives up: the handler its call, if there is no room, the sender its message unless there is room by now. The sender
 * looks before it pushes its request and, where it finds no room, once more behind it.
 *
 * Proved: when nothing moves any more each sender is done, unless the mailbox is full and a handler waits or computes
 * for ever. No more messages than the bound are in the mailbox. The count is that of the messages there, so room that
 * was reserved has come back. When the receiver has ended no sender waits for it. Each request comes back once, and
 * none is left behind but with a handler that computes. A handler's call fails only if the mailbox is full and the
 * sender has not been let in, and no ring goes unseen.
 *
 * A ring of three can go unseen: room comes back from outside while the receiver waits for a third process, which looks
 * at this moment, calls a sender that waits for room, and is followed by another sender that takes the room before the
 * receiver lets the first one in. Then the time limit of a call ends it.
 *
 * Stores of the receiver to `blocked_on` go through a buffer as on x86 (TSO), see kill.pml; all else that other threads may see is
 * read and modified, or stands in front of a fence. Loops around a compare-and-swap are one step, see credit.pml and
 * inbox.pml, and so is the way of an answer back, see call.pml.
 *
 * Small: -DMESSAGES=1 -DLEAVE
 * Small: -DMESSAGES=1 -DKILLED
 * Small: -DMESSAGES=1 -DLEAVE -DRINGS
 * Full: -DMESSAGES=1 -DLEAVE -DKILLED -DRINGS
 * Full: -DMESSAGES=2 -DLEAVE
 * Full: -DMESSAGES=2 -DKILLED
 * Mutants:
 *  1: The receiver takes its messages before it counts a message out, and not afterwards.
 *  2: [-DMESSAGES=1 -DLEAVE -DRINGS] A sender looks for room before it pushes its request, and not afterwards.
 *  3: A request for room lies among the messages until its turn comes: the sender waits for the handler.
 *  4: A sender gives room back by a node in the mailbox, but does not make the receiver take it.
 *  5: The receiver lets in the oldest sender only, which may have gone.
 *  6: A sender that was let in counts its message in without another look at the count.
 *  7: The receiver leaves a sender that it has let in on its list.
 *  8: [-DMESSAGES=1 -DKILLED] The receiver ends, and forgets the senders on its list.
 *  9: [-DMESSAGES=1 -DKILLED] A handler waits without a look whether the messages that made room held a kill.
 * 10: [-DMESSAGES=1 -DKILLED] A sender's wake-up that comes behind the kill cuts a destructor's wait short.
 * 11: [-DMESSAGES=1 -DLEAVE -DRINGS] The receiver lets a sender in, but still takes it for one that waits.
 * 12: [-DMESSAGES=1 -DLEAVE -DRINGS] A handler takes a sender for one that waits though there is room.
 * 13: [-DMESSAGES=1 -DRINGS] A sender looks for a ring before it pushes its request, and not afterwards.
 * 14: [-DMESSAGES=2 -DLEAVE -DRINGS] The late answer to an abandoned request makes the receiver forget a later wait.
 * 15: [-DMESSAGES=1] A sender that sees room makes the receiver take its messages, and waits to be let in.
 * 16: [-DMESSAGES=2 -DLEAVE -DRINGS] A sender that gives room back counts it out itself.
 * 17: [-DMESSAGES=1 -DKILLED] A request behind a deadly signal waits until the receiver exits.
 * 18: [-DMESSAGES=1 -DRINGS] The receiver looks whether there is room behind its looks at the sender's wait.
 */
#ifndef MUTANT
#define MUTANT 0
#endif
#define SENDERS 2
#define BOUND 1
#define PLACES 8                /* more nodes than ever lie in one place */

/* Nodes. A request for room names its sender, and the number of the request. */
#define REQUESTS 4              /* of one sender at a time */
#define MESSAGE 1
#define RETURNED 2              /* room has come back from outside */
#define KILL 3
#define REQUEST(s, r) (4 + (s) * REQUESTS + (r))
#define IS_REQUEST(n) (n >= 4)
#define ASKER(n) ((n - 4) / REQUESTS)
#define BIT(n) (1 << ((n - 4) % REQUESTS))

/* The receiver's slot, as all see it. */
byte number = BOUND;            /* the count under the tag of its life */
bool idle, dead;                /* its word, */
chan word = [PLACES] of { byte };       /* and what lies in it */
bool signalled, blocked_on;
byte wakeups;                    /* in its thread's own inbox */
chan of_receiver = [2] of { bool };     /* stores to `blocked_on` on their way */
#define FENCED empty(of_receiver)       /* true for a read-modify-write, too */

/* What only its owner touches. */
chan mail = [PLACES] of { byte };
chan waiting_for_room = [PLACES] of { byte };
bool exit_pending, for_ever;          /* its handler waits for ever, */
bool computes;                  /* and takes no messages */

/* Answers on their way to the threads of the senders: the request, and whether there is room. */
chan home_of[SENDERS] = [PLACES] of { byte, bool };

#ifdef RINGS
byte calls_sender;                /* the receiver's `waits_for`: 1 + the sender that it calls */
bool waits_for[SENDERS];        /* the receiver, that is */
bool took_room[SENDERS];        /* by a look of its own, since it waited last */
byte waits[SENDERS], its_waits; /* tell two waits apart */
#endif

/* For the assertions. */
byte inside;                    /* messages in the mailbox */
bool done[SENDERS];             /* it has sent all, or has given up */
byte asks[SENDERS];             /* by which request it waits now */
bool let_in[SENDERS];           /* and the receiver has answered that */
byte away[SENDERS];             /* a bit for each request that has not come back */

mtype = { refused, queued, claimed };

/* What finds the receiver idle goes into its taken messages at once, but a signal into the word. */
inline push(n, how) {
    d_step {
        assert(nfull(word) && nfull(mail));
        if
        :: dead -> how = refused
        :: !dead && idle && n != KILL -> mail ! n; idle = false; how = claimed
        :: !dead && idle && n == KILL -> word ! n; idle = false; how = claimed
        :: !dead && !idle -> word ! n; how = queued
        fi;
        if
        :: n == MESSAGE && how != refused -> inside++; assert(inside <= BOUND)
        :: IS_REQUEST(n) && how != refused -> away[me] = away[me] | BIT(n)
        :: else
        fi
    }
}

inline make_take_mail() {
    d_step { was = signalled; signalled = true };
    d_step {
        if
        :: blocked_on && !was -> wakeups++
        :: else
        fi;
        was = false
    }
}

/* The other waits for us: looked at twice, it is the same wait. */
inline closes_a_cycle(waits_for_us, which_wait) {
    ring = waits_for_us;
    if
    :: ring ->
        n = which_wait;
        ring = waits_for_us;
        if
        :: ring -> ring = (which_wait == n);
            if
            :: ring -> ring = waits_for_us
            :: else
            fi
        :: else
        fi;
        n = 0
    :: else
    fi
}

/* --- the receiver --- */

/* Its callee waits for room here: looked at twice, it is the same wait, and in between there was no room. */
inline callee_waits_for_room() {
    ring = waits_for[callee - 1];
    if
    :: ring ->
        n = waits[callee - 1];
#if MUTANT == 18
        ring = waits_for[callee - 1];
        if
        :: ring -> ring = (waits[callee - 1] == n)
        :: else
        fi;
        if
        :: ring -> ring = (number >= BOUND)
        :: else
        fi;
#else
        ring = (number >= BOUND);
        if
        :: ring -> ring = waits_for[callee - 1];
            if
            :: ring -> ring = (waits[callee - 1] == n)
            :: else
            fi
        :: else
        fi;
#endif
        n = 0
    :: else
    fi
}

/* The sender waits no longer, and its request goes back. */
inline deliver(n, has_room) {
    d_step {
        FENCED ->
#ifdef RINGS
#if MUTANT == 14
        waits_for[ASKER(n)] = false;
#elif MUTANT != 11
        waits_for[ASKER(n)] = waits_for[ASKER(n)] && asks[ASKER(n)] != n;
#endif
        let_in[ASKER(n)] = let_in[ASKER(n)] || asks[ASKER(n)] == n;
#endif
        home_of[ASKER(n)] ! n, has_room;
        n = 0
    }
}

inline let_senders_in() {
    do
#if MUTANT == 7
    :: d_step { nempty(waiting_for_room) && number < BOUND -> waiting_for_room ? <n> };
#else
    :: d_step { nempty(waiting_for_room) && number < BOUND -> waiting_for_room ? n };
#endif
       deliver(n, true)
#if MUTANT == 5 || MUTANT == 7
       ; break
#endif
    :: empty(waiting_for_room) || number >= BOUND -> break
    od
}

inline count_returned() {
#if MUTANT != 16
    assert(number > 0);
    number--
#else
    skip
#endif
}

/* take_mail, and sort_mail. The last node about room finds all senders that wait: one look serves for all. */
inline take_mail() {
    if
    :: signalled -> d_step { FENCED -> signalled = false }
    :: !signalled
    fi;
    d_step {
        FENCED ->
        do
        :: word ? n ->
            if
            :: exit_pending && (n == MESSAGE || n == KILL || MUTANT == 17) -> mail ! n /* refused when it exits */
            :: !exit_pending && n == KILL -> exit_pending = true
            :: !exit_pending && n == MESSAGE -> mail ! n
#if MUTANT == 3
            :: n == RETURNED || IS_REQUEST(n) -> mail ! n
#else
            :: n == RETURNED && !(exit_pending && MUTANT == 17) -> count_returned()
            :: IS_REQUEST(n) && !(exit_pending && MUTANT == 17) -> waiting_for_room ! n
#endif
            fi
        :: empty(word) -> break
        od;
        n = 0
    };
    let_senders_in()
}

inline take_mail_if_signalled() {
    if
    :: signalled -> take_mail()
    :: !signalled
    fi
}

/* From here on each push is refused. Messages are dropped. */
inline close_mailbox() {
    d_step {
        FENCED ->
        dead = true;
        do
        :: word ? n -> mail ! n
        :: empty(word) -> break
        od;
        do
        :: mail ?? [MESSAGE] -> mail ?? MESSAGE
        :: mail ?? [RETURNED] -> mail ?? RETURNED
        :: mail ?? [KILL] -> mail ?? KILL
        :: !(mail ?? [MESSAGE] || mail ?? [RETURNED] || mail ?? [KILL]) -> break
        od;
        n = 0
    }
}

inline refuse_senders() {
    do
    :: atomic { mail ? n -> deliver(n, false) }
    :: empty(mail) -> break
    od;
#if MUTANT != 8
    do
    :: atomic { waiting_for_room ? n -> deliver(n, false) }
    :: empty(waiting_for_room) -> break
    od
#endif
}

proctype receiver() {
    byte n, callee;               /* 1 + the sender that the handler calls; 0: it just waits */
    bool ring;
between_messages:
    take_mail_if_signalled();
    if
    :: atomic { exit_pending -> close_mailbox() };
        refuse_senders();
        goto ended
    :: d_step { !exit_pending && mail ? [MESSAGE] -> mail ? n; n = 0; inside-- }
    :: atomic { !exit_pending && nempty(mail) && !(mail ? [MESSAGE]) ->
            mail ? n;
            if
            :: IS_REQUEST(n) -> waiting_for_room ! n
            :: n == RETURNED -> count_returned()
            :: else
            fi;
            n = 0
        };
        let_senders_in();
        goto between_messages
    :: !exit_pending && empty(mail) && nempty(word) -> take_mail(); goto between_messages
    :: d_step { FENCED && !exit_pending && empty(mail) && empty(word) -> idle = true };
        !idle -> goto between_messages          /* a sender has claimed and scheduled it */
    fi;
    /* give_counted_room_back */
#if MUTANT == 1
    take_mail();
#endif
    atomic { FENCED -> assert(number > 0); number-- };
#if MUTANT != 1
    take_mail();
#endif
    /* The handler. Its thread may find wakeups for a process that does not wait. */
    atomic {
        if
        :: wakeups > 0 -> wakeups = 0
        :: true
        fi;
        if
        :: goto between_messages
        :: computes = true; goto ended
        :: true
#ifdef RINGS
        :: !done[0] -> callee = 1
        :: !done[1] -> callee = 2
#endif
        fi
    };
#if MUTANT == 9
    goto begin_wait;
#endif
    take_mail_if_signalled();
cancellation_point:
    if
    :: atomic { exit_pending && !dead -> callee = 0; close_mailbox() };
        refuse_senders();
        if
        :: goto ended
        :: true                 /* a destructor waits */
        fi
    :: !exit_pending
    fi;
begin_wait:
#ifdef RINGS
    d_step { its_waits++; calls_sender = callee };
#endif
    of_receiver ! true;
    FENCED;
    if
    :: signalled ->
        take_mail();
        if
        :: exit_pending && !dead -> goto forget_wait
        :: else
        fi
    :: !signalled
    fi;
#ifdef RINGS
    if
    :: callee != 0 ->
#if MUTANT == 12
        closes_a_cycle(waits_for[callee - 1], waits[callee - 1]);
#else
        callee_waits_for_room();
#endif
        if
        :: ring ->
            assert(!let_in[callee - 1]);
            assert(number >= BOUND);
            assert(!took_room[callee - 1]);
            goto forget_wait
        :: else
        fi
    :: else
    fi;
#endif
    do                          /* block: the thread meanwhile handles what is sent to it */
    :: d_step { wakeups > 0 -> wakeups-- };
        take_mail();
        if
        :: exit_pending && (!dead || MUTANT == 10) -> assert(!dead); break
        :: else
        fi
    :: atomic { callee == 0 && !for_ever -> break }
    :: callee == 0 && !for_ever && !dead -> for_ever = true
    :: atomic { callee != 0 && done[callee - 1] -> break }
    od;
forget_wait:
    atomic {
        for_ever = false;
        callee = 0;
        ring = false;
#ifdef RINGS
        calls_sender = 0;
#endif
        of_receiver ! false
    };
    if
    :: atomic { dead -> goto ended }
    :: !dead && signalled -> take_mail()
    :: !dead && !signalled
    fi;
    if
    :: atomic { exit_pending -> goto cancellation_point }
    :: atomic { !exit_pending -> goto between_messages }
    fi;
ended:
    true
}

proctype buffer_of_receiver() {
    bool v;
end:
    do
    :: atomic { of_receiver ? v -> blocked_on = v; v = false }
    od
}

/* --- a sender --- */

inline give_up_if_it_closes_a_cycle() {
#ifdef RINGS
    closes_a_cycle(calls_sender == me + 1, its_waits);
    if
    :: ring ->
        atomic { ring = false; waits_for[me] = false; asks[me] = 0; let_in[me] = false; sent = 0 };
        if
        :: number < BOUND -> goto reserve
        :: number >= BOUND -> goto next
        fi
    :: else
    fi
#else
    skip
#endif
}

proctype sender(byte me) {
    byte m, n, request;
    mtype sent;
    bool has_room, ring, was;
reserve:
    if
    :: d_step { number < BOUND || (MUTANT == 6 && has_room) ->
            number++;
            has_room = false;
#ifdef RINGS
            took_room[me] = true
#endif
        };
        if
        :: atomic { push(MESSAGE, sent);
                if
                :: sent != refused -> goto next
                :: else
                fi
            }
#ifdef LEAVE
        :: true
#endif
        fi;
        /* give_back */
#if MUTANT == 16
        d_step { assert(number > 0); number-- };
#endif
        atomic { push(RETURNED, sent);
            if
            :: sent != queued || MUTANT == 4 -> goto next
            :: else
            fi
        };
        make_take_mail();
        goto next
    :: d_step { number >= BOUND && !(MUTANT == 6 && has_room) -> has_room = false }
    fi;
    /* wait_for_room */
    if
    :: d_step {
            request = 0;
            do
            :: (away[me] >> request) & 1 -> request++
            :: else -> break
            od;
            assert(request < REQUESTS);
            asks[me] = REQUEST(me, request);
            request = 0;
#ifdef RINGS
            waits_for[me] = true;
            took_room[me] = false;
            waits[me]++
#endif
        }
#ifdef LEAVE
    :: atomic { me == 0 -> goto next }
#endif
    fi;
#if MUTANT == 2
    if
    :: atomic { number < BOUND -> has_room = true; goto forget_wait }
    :: number >= BOUND
    fi;
#endif
    give_up_if_it_closes_a_cycle();
    atomic { push(asks[me], sent);
        if
        :: sent == refused -> goto forget_wait
        :: else
        fi
    };
#if MUTANT != 2
    if
#if MUTANT == 15
    :: number < BOUND -> make_take_mail()
#else
    :: atomic { number < BOUND -> has_room = true; goto forget_wait }
#endif
    :: number >= BOUND
    :: sent == claimed -> goto wait     /* as one that serves the receiver at once */
    fi;
#endif
#if MUTANT != 2 && MUTANT != 13
    give_up_if_it_closes_a_cycle();
#endif
wait:
    do
    :: atomic { home_of[me] ? n, has_room ->
            assert(away[me] & BIT(n));
            away[me] = away[me] & ~BIT(n);
            if
            :: n == asks[me] -> goto forget_wait
            :: else -> n = 0; has_room = false  /* it was abandoned */
            fi
        }
#ifdef LEAVE
    :: atomic { me == 0 -> goto forget_wait }
#endif
    od;
forget_wait:
    atomic {
        n = 0;
        sent = 0;
        asks[me] = 0;
#ifdef RINGS
        let_in[me] = false;
        waits_for[me] = false;
#endif
        if
        :: has_room ->
#if MUTANT != 6
            has_room = false;
#endif
            goto reserve
        :: else
        fi
    };
next:
    atomic {
        m++;
        sent = 0;
        if
        :: m < MESSAGES -> goto reserve
        :: else -> done[me] = true
        fi
    };
end:
    do                          /* its thread frees what was abandoned */
    :: d_step { home_of[me] ? n, has_room -> assert(away[me] & BIT(n)); away[me] = away[me] & ~BIT(n); n = 0; has_room = false }
    od
}

proctype killer() {
    byte me;
    mtype sent;
    bool was;
    push(KILL, sent);
    if
    :: sent == queued -> make_take_mail()
    :: else
    fi
}

/* The mailbox is full, and its owner takes nothing out. */
#define STAYS_FULL (!dead && (for_ever || computes) && number >= BOUND)

proctype at_rest() {
    byte i;
end:
    timeout ->
    d_step {
        assert(dead || computes || (!exit_pending && (idle || for_ever)));
        assert(dead || number == inside || (computes && number > inside));
        do
        :: i < SENDERS ->
            assert(done[i] || STAYS_FULL);
            assert(away[i] == 0 || STAYS_FULL || computes);
            i++
        :: else -> break
        od
    }
}

init {
    byte i;
    atomic {
        inside = BOUND;
        do
        :: i < BOUND -> mail ! MESSAGE; i++
        :: else -> break
        od;
        run receiver();
        run buffer_of_receiver();
        i = 0;
        do
        :: i < SENDERS -> run sender(i); i++
        :: else -> break
        od;
#ifdef KILLED
        run killer();
#endif
        run at_rest()
    }
}
