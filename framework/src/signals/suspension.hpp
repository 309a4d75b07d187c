// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "scheduler/worker.hpp"
#include <coppice/this_process.hpp>
#include <exception>

// Suspension points: where a process waits, and where a deadly signal ends it.
namespace coppice::detail {

/// The running process. Errors: throws std::logic_error that names `what` when there is none.
process& require_process(std::string_view what);

/// What cancellation_point does when a signal has come, which is seldom.
void act_on_signals(process& p);

/// A cancellation point: if its exit is pending, the process exits here, and unwinds. Not while it
/// unwinds already, or its objects are destroyed; an exit that user code swallowed is thrown again,
/// counted and reported.
///
/// Only what waits may call it. What need not wait (send, cast, link, monitor, timers, names) goes
/// on in a process whose exit is pending: it stands in destructors, from which nothing may be
/// thrown.
inline void cancellation_point(process& p) {
    if (p.signalled.load(std::memory_order_relaxed) || p.exit.is_pending()) [[unlikely]]
        act_on_signals(p);
}

/// No time at all: a wait for it must not take a tick of the clock.
inline bool is_over(time_limit timeout) noexcept {
    if (timeout.is_infinite())
        return false;
    return timeout.is_absolute() ? timeout.deadline({}) <= this_worker->now()
                                 : timeout.length() <= time_limit::clock::duration::zero();
}

/// What begin_wait does when a signal has come.
void act_on_signals(process& p, wait_op& op);

/// From here on a signal finds the process blocked in `op`, on this thread.
inline void begin_wait(worker& w, process& p, wait_op& op) {
    op.who = w.current;
    p.wait.begin(w, op);
    if (p.signalled.load(std::memory_order_relaxed)) [[unlikely]]
        act_on_signals(p, op);
    op.who->exceptions.note_wait();
}
/// The wait does not take place.
inline void forget_wait(process& p, wait_op& op) noexcept {
    op.disarm();
    p.wait.end(p.raw != nullptr);
}
/// Waits until `op` ends.
inline void finish_wait(worker& w, process& p, wait_op& op) {
    if (op.result == wait_op::outcome::waiting)
        w.block();
    forget_wait(p, op);
}
/// The first two. The caller looks at `op.result`, tidies up, and then calls cancellation_point.
void wait_in_handler(worker& w, process& p, wait_op& op, time_limit timeout);

/// Lets others run when the watchdog thread says that time has passed. For what may go on without
/// ever waiting.
inline void give_way(worker& w) {
    if (w.watched.is_told_of_time() && std::uncaught_exceptions() == 0) [[unlikely]]
        w.yield();
}

/// On the thread of the process: the exit of a blocked process has become pending.
void cancel_wait(process& p);

} // namespace coppice::detail
