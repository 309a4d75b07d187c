// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "worker.hpp"
#include <coppice/this_process.hpp>
#include <exception>

// Suspension points: where a process waits, and where a deadly signal ends it.
namespace coppice::detail {

/// The running process. Errors: throws std::logic_error that names `what` when there is none.
process& require_process(std::string_view what);

/// A cancellation point: if the process is doomed, it exits here, and unwinds. Not while it unwinds already,
/// or its objects are destroyed; an exit that user code swallowed is thrown again, counted and reported.
///
/// Only what waits may call it. What need not wait (send, cast, link, monitor, timers, names) goes on in a
/// doomed process: it stands in destructors, from which nothing may be thrown.
void check_doom(process& p);

/// No time at all: a wait for it must not take a tick of the clock.
bool is_over(time_limit limit) noexcept;

/// From here on a signal finds the process blocked in `op`, on this thread.
void begin_wait(worker& w, process& p, wait_op& op);
/// Waits until `op` ends.
void finish_wait(worker& w, process& p, wait_op& op);
/// The wait does not take place.
void forget_wait(process& p, wait_op& op) noexcept;
/// The first two. The caller looks at `op.result`, tidies up, and then calls check_doom.
void wait_in_handler(worker& w, process& p, wait_op& op, time_limit limit);

/// Lets others run when the monitor says that time has passed. For what may go on without ever waiting.
inline void give_way(worker& w) {
    if (w.told.load(std::memory_order_relaxed) & worker::told_look &&
        std::uncaught_exceptions() == 0) [[unlikely]]
        w.yield();
}

/// On the home thread: a blocked process has become doomed.
void end_wait_of_doomed(process& p);

} // namespace coppice::detail
