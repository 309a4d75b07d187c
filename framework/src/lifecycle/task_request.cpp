// SPDX-License-Identifier: BSL-1.0
#include <coppice/detail/task_request.hpp>

#include "process/task_callers.hpp"
#include "scheduler/worker.hpp"
#include "signals/signals.hpp"
#include "signals/suspension.hpp"
#include <coppice/this_process.hpp>

namespace coppice::detail {

namespace {

void release(caller_chain* c) noexcept {
    while (c) {
        // Acquire and release: the last owner destroys what the others have written.
        if (c->owners.fetch_sub(1, std::memory_order_acq_rel) != 1)
            return;
        dispose(std::exchange(c, c->older));
    }
}

caller_chain* share(caller_chain* c) noexcept {
    if (c)
        c->owners.fetch_add(1, std::memory_order_relaxed); // we own one already
    return c;
}

} // namespace

task_request::task_request() noexcept : request{task_operations} {}

task_request::~task_request() { release(callers); }

void set_caller(task_request& r) {
    const process* me = current_process();
    if (!me)
        return;
    r.caller = me->self();
    auto* c = make_in_cell<caller_chain>();
    c->caller = me->self();
    if (const task_request* mine = task_of(*me))
        c->older = share(mine->callers);
    r.callers = c;
}

void set_caller(task_request& r, const task_request& like) {
    r.caller = like.caller;
    r.callers = share(like.callers);
}

bool may_answer() noexcept { return !current_process()->exit.has_exited(); }

void set_answered(task_request& r) noexcept { r.result = request::outcome::value; }

void unlink_task(pid task, pid owner) {
    if (owner == this_process::self())
        return this_process::unlink(task);
    // As if the task had unlinked itself. What it acknowledges is known to no table, and ignored.
    send_signal(owner, signal_envelope::kind::unlink, task);
}

void end_task(pid task, pid owner, bool linked, const exit_reason& why) {
    if (linked)
        unlink_task(task, owner); // before the signal: the exit must find no link
    send_signal(task, signal_envelope::kind::exit, this_process::self(), 0, why);
}

std::vector<pid> current_callers() { return callers_of(require_process("callers")); }

} // namespace coppice::detail
