/* SPDX-License-Identifier: BSL-1.0
 *
 * A signal reaches a process that is blocked inside a handler.
 * Mirrors: framework/src/signals/signals.cpp (send_signal, signal_wakeup::handle, take_mail) and suspension.cpp
 * (cancellation_point, begin_wait, finish_wait, forget_wait, cancel_wait), this_process.cpp (trap_exit).
 *
 * A process runs on its own thread and waits inside a handler, again and again; the last wait ends by
 * a kill only. One sender kills it, others send it signals that change nothing. No sender
 * schedules it, since a thread owns it: a sender may only set `signalled` and, unless it was set, wake the
 * thread that stands in `blocked_on` (wait_state keeps it).
 *
 * A server shows its thread for each wait, and hides it afterwards. A function, with -DFUNCTION, has one
 * thread for life: it shows it once, and fences once; the wake-ups that come while it does not wait are lost.
 *
 * Proved: when nothing moves any more the process has ended, wherever it was when the kill came.
 *
 * With -DTRAPS the deadly signal is an exit, and the process traps exits at first. A sender does
 * not wake a process that traps, since the exit will be a message. When the process ceases to trap it takes its messages.
 * Proved: it has ended, or got the exit as a message.
 *
 * One sender is late: it has pushed to an earlier process in the same slot, and wakes the present one.
 *
 * Stores go into a buffer and reach the other threads later, in order, as on x86 (TSO); a fence and each
 * read-modify-write wait until the own buffer is empty. The senders only read and modify.
 *
 * Small: -DOTHERS=1 -DWAITS=3
 * Small: -DOTHERS=1 -DWAITS=3 -DFUNCTION
 * Small: -DOTHERS=1 -DWAITS=3 -DTRAPS
 * Full: -DOTHERS=2 -DWAITS=4
 * Full: -DOTHERS=2 -DWAITS=4 -DFUNCTION
 * Full: -DOTHERS=2 -DWAITS=4 -DTRAPS
 * Mutants:
 *  1: The process does not fence between `blocked_on` and its look at `signalled`.
 *  2: The sender does not fence between `signalled` and its look at `blocked_on`, which may come first then.
 *  3: The process does not look at `signalled` after it has shown its thread.
 *  4: The sender looks at `blocked_on` before it pushes.
 *  5: take_mail wipes `signalled` by a plain store, which may arrive after a newer hint.
 *  6: take_mail takes the messages first and then wipes `signalled`.
 *  7: The woken thread looks whether an exit is pending, but does not take its messages.
 *  8: [-DOTHERS=1 -DWAITS=3 -DFUNCTION] A function does not fence when it shows its thread either.
 *  9: [-DOTHERS=1 -DWAITS=3 -DFUNCTION] A function hides its thread after a wait, but fences only once.
 * 10: A sender sets `signalled` before it pushes.
 * 11: A wake-up that was meant for an earlier process in the same slot is ignored.
 * 12: [-DOTHERS=1 -DWAITS=3 -DTRAPS] A process that ceases to trap does not take its messages.
 * 13: [-DOTHERS=1 -DWAITS=3 -DTRAPS] It looks before it ceases to.
 * 14: [-DOTHERS=1 -DWAITS=3 -DTRAPS] It does not fence between the two.
 * 15: [-DOTHERS=1 -DWAITS=3 -DTRAPS] The sender looks whether it traps before it pushes.
 */
#ifndef MUTANT
#define MUTANT 0
#endif
#define SENDERS (OTHERS + 1)    /* sender 0 kills */
#ifdef FUNCTION
#define SHOWS_HOME !shown
#else
#define SHOWS_HOME true
#endif

mtype = { blocked_on_is, signalled_is, traps_is };

byte word;                      /* how many signals lie in it */
bool kill_in_word;
bool dead;
bool blocked_on, signalled, traps;    /* as the others see them */
bool got_a_message;             /* instead of a kill */
byte wakeups;                    /* in the process's thread's own inbox */

/* Stores on their way. */
chan of_process = [4] of { mtype, bool };

proctype buffer_of_process() {
    bool v;
end:
    do
    :: atomic { of_process ? blocked_on_is, v -> blocked_on = v; v = false }
    :: atomic { of_process ? signalled_is, v -> signalled = v; v = false }
    :: atomic { of_process ? traps_is, v -> traps = v; v = false }
    od
}

/* The last store of ours is what we read back, if it is still on its way. */
inline read_signalled(v) {
    atomic {
        if
        :: of_process ?? [signalled_is, false] -> v = false
        :: else -> v = signalled
        fi
    }
}

inline take_word() {
    if
    :: word > 0 ->              /* a load; the exchange comes later */
        atomic {
            empty(of_process) ->
            exit_pending = exit_pending || (kill_in_word && !trapping);
            got_a_message = got_a_message || (kill_in_word && trapping);
            word = 0;
            kill_in_word = false
        }
    :: else
    fi
}

inline take_mail() {
#if MUTANT == 5
    of_process ! signalled_is, false;
    take_word()
#elif MUTANT == 6
    take_word();
    read_signalled(v);
    if
    :: v -> atomic { empty(of_process) -> signalled = false }
    :: else
    fi
#else
    read_signalled(v);
    if
    :: v -> atomic { empty(of_process) -> signalled = false }
    :: else
    fi;
    take_word()
#endif
}

inline cancellation_point() {
    read_signalled(v);
    if
    :: v -> take_mail()
    :: else
    fi
}

/* trap_exit(false), before which all messages are taken. */
inline cease_to_trap() {
    take_mail();
    if
    :: !exit_pending ->
#if MUTANT == 13
        take_mail();
#endif
        of_process ! traps_is, false;
        trapping = false;
#if MUTANT != 14
        empty(of_process);
#endif
#if MUTANT != 12 && MUTANT != 13
        take_mail()
#endif
    :: else
    fi
}

proctype process() {
    bool exit_pending, v, waits, shown, trapping = traps;
    byte count;
    do
    :: count < WAITS ->
        count++;
        /* It may let others run, and the thread find wake-ups for a process that does not wait. */
        if
        :: wakeups > 0 -> wakeups = 0
        :: true
        fi;
        /* The handler runs: it may look for messages, as `receive` does, or send, which checks. */
        if
        :: true -> take_mail()
        :: true -> cancellation_point()
        :: trapping && !exit_pending -> cease_to_trap()
        fi;
        if
        :: exit_pending -> break
        :: else
        fi;
        /* begin_wait */
        waits = true;
        if
        :: SHOWS_HOME ->
            shown = true;
            of_process ! blocked_on_is, true;
#if MUTANT != 1 && MUTANT != 8
            empty(of_process)
#endif
        :: else
        fi;
#if MUTANT == 9
        of_process ! blocked_on_is, true;
#endif
#if MUTANT != 3
        read_signalled(v);
        if
        :: v ->
            take_mail();
            waits = !exit_pending
        :: else
        fi;
#endif
        /* block: the thread meanwhile handles what is sent to it. */
        do
        :: !waits -> break
        :: waits && wakeups > 0 ->
            wakeups--;
#if MUTANT != 7
            take_mail();
#endif
            waits = !exit_pending
        :: waits && count < WAITS -> waits = false      /* an answer, or its time is up */
        :: waits && (trapping || got_a_message) -> waits = false /* there may be no kill any more */
        od;
        /* forget_wait */
#if !defined(FUNCTION) || MUTANT == 9
        of_process ! blocked_on_is, false;
#endif
        cancellation_point();
        if
        :: exit_pending -> break
        :: else
        fi
    :: else -> break
    od;
    assert(exit_pending || trapping || got_a_message);
    atomic { empty(of_process) -> dead = true }
}

proctype sender(byte me) {
    bool was_shown, was, is_a_message;
#if MUTANT == 4
    was_shown = blocked_on;
#endif
#if MUTANT == 15
    is_a_message = me == 0 && traps;
#endif
#if MUTANT == 10
    atomic { was = signalled; signalled = true };
#endif
    if
    :: atomic { !dead -> word++; kill_in_word = kill_in_word || me == 0 };
#if MUTANT != 15
        is_a_message = me == 0 && traps;
#endif
        if
        :: !is_a_message ->
#if MUTANT == 2
            was_shown = blocked_on;
#endif
#if MUTANT != 10
            atomic { was = signalled; signalled = true };
#endif
#if MUTANT != 2 && MUTANT != 4
            was_shown = blocked_on;
#endif
            if
            :: was_shown && !was -> wakeups++
            :: else
            fi
        :: else
        fi
    :: dead                     /* refused */
    fi
}

/* Pushed to an earlier process in the same slot, and has yet to tell it. */
proctype late_sender() {
    bool was_shown, was;
    atomic { was = signalled; signalled = true };
    was_shown = blocked_on;
    if
#if MUTANT != 11
    :: was_shown && !was -> wakeups++
#endif
    :: else
    fi
}

proctype at_rest() {
end:
    timeout -> assert(dead)
}

init {
    byte i;
    atomic {
#ifdef TRAPS
        traps = true;
#endif
        run process();
        run late_sender();
        run buffer_of_process();
        do
        :: i < SENDERS -> run sender(i); i++
        :: else -> break
        od;
        run at_rest()
    }
}
