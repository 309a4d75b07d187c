// SPDX-License-Identifier: BSL-1.0
#include "signals/suspension.hpp"
#include "log/report_events.hpp"
#include "process/exit_exceptions.hpp"
#include "process/process_extras.hpp"
#include "signals/process_exit.hpp"
#include "signals/signals.hpp"
#include <stdexcept>
#include <string>

namespace coppice::detail {

process& require_process(std::string_view what) {
    if (process* p = current_process())
        return *p;
    throw std::logic_error{"coppice: " + std::string{what} +
                           " needs a process to act on, and the caller is a plain thread: spawn "
                           "one, or use runtime::run"};
}

void act_on_signals(process& p) {
    if (p.signalled.load(std::memory_order_relaxed))
        take_mail(p);
    if (!p.exit.is_pending())
        return;
    if (p.exit.is_destroying() || std::uncaught_exceptions() > 0)
        return limit_unwinding(p);
    if (!p.exit.has_exited())
        exit_logically(p, extras_of(p).pending_exit);
    else {
        ++rare_of(p).swallowed_kills;
        report_swallowed_kill(p);
        notify_links_and_monitors(
            p, exit_reason{extras_of(p).pending_exit}); // it may go on like this for ever
    }
    throw process_killed{};
}

namespace {
/// A fiber that begins to wait looks itself for what comes next, and has not kept its exceptions
/// yet.
bool is_unwinding(const fiber& f) noexcept {
    return f.context == boost::fibers::context::active() ? std::uncaught_exceptions() > 0
                                                         : f.exceptions.is_unwinding();
}
} // namespace

void cancel_wait(process& p) {
    wait_op& op = *p.wait.operation();
    // What unwinds waits for as long as it wants to: the exit cannot be thrown there.
    if (op.result != wait_op::outcome::waiting || op.uncancellable || p.exit.is_destroying() ||
        is_unwinding(*op.who))
        return;
    op.result = wait_op::outcome::cancelled;
    if (op.give_up(op))
        op.who->owner.make_ready(*op.who);
}

void act_on_signals(process& p, wait_op& op) {
    take_mail(p);
    if (p.exit.is_pending() && !p.exit.is_destroying() && std::uncaught_exceptions() == 0 &&
        !op.uncancellable)
        op.result = wait_op::outcome::cancelled;
}

void wait_in_handler(worker& w, process& p, wait_op& op, time_limit timeout) {
    begin_wait(w, p, op);
    w.arm(op, timeout);
    finish_wait(w, p, op);
}

} // namespace coppice::detail
