// SPDX-License-Identifier: BSL-1.0
#include "lifecycle/spawn.hpp"
#include "memory/stack_pool.hpp"
#include "messaging/deadline.hpp"
#include "process/exit_exceptions.hpp"
#include "process/process_extras.hpp"
#include "scheduler/runtime_state.hpp"
#include "signals/signals.hpp"
#include "signals/suspension.hpp"
#include <coppice/detail/linked.hpp>
#include <coppice/names.hpp>
#include <coppice/this_process.hpp>

namespace coppice::this_process {

using namespace detail;

pid self() noexcept {
    const process* p = current_process();
    return p ? p->self() : pid{};
}

pid parent() noexcept {
    const process* p = current_process();
    return p ? p->parent : pid{};
}

// --- links, monitors, signals ---

void link(pid other) {
    process& p = require_process("link");
    take_mail(p); // the end of one we are linked with has come, perhaps
    if (other == p.self())
        return;
    if (p.exit.has_notified()) // it would not be told later
        return send_signal(other, signal_envelope::kind::exit, p.self(), 0,
                           exit_reason{p.extras->pending_exit});
    if (is_alive(other)) {
        if (extras_of(p).links.link(other))
            send_signal(other, signal_envelope::kind::link, p.self());
        return;
    }
    if (p.exit.is_pending() || p.exit.has_exited())
        return; // it ends anyway
    if (!p.traps.load(std::memory_order_relaxed))
        throw_failure({.code = errc::noproc,
                       .reason = exit_reason::noproc,
                       .detail = "cannot link with " + other.text() + ": it is dead"});
    append_message(p, exit_signal{.from = other, .reason = exit_reason::noproc});
}

void unlink(pid other) {
    process& p = require_process("unlink");
    take_mail(p); // an exit that is there counts as sent
    if (p.extras && p.extras->links.unlink(other))
        send_signal(other, signal_envelope::kind::unlink, p.self());
}

monitor_ref monitor(pid other) {
    process& p = require_process("monitor");
    const monitor_ref ref{next_reference()};
    if (other == p.self() || p.exit.has_notified())
        return ref; // no process is told of its own end, and none after its end
    watches_of(p).monitors.get(ref.id) = other;
    if (other)
        send_signal(other, signal_envelope::kind::monitor, p.self(), ref.id);
    else
        send_signal(p.self(), signal_envelope::kind::down, pid{}, ref.id, exit_reason::noproc);
    return ref;
}

monitor_ref monitor(std::string_view name) { return monitor(whereis(name)); }

bool demonitor(monitor_ref ref, flush also_waiting) {
    process& p = require_process("demonitor");
    take_mail(p); // a down that is there counts as sent
    bool removed = false;
    if (watch_extras* const x = watches_if_any(p))
        if (const pid* target = x->monitors.find(ref.id)) {
            send_signal(*target, signal_envelope::kind::demonitor, p.self(), ref.id);
            x->monitors.erase(ref.id);
            removed = true;
        }
    if (also_waiting == flush::yes)
        drop_messages(p, [&](envelope* n) {
            return n->ops->key == &type_key<down> &&
                   static_cast<down*>(n->ops->payload(n))->ref == ref;
        });
    return removed;
}

bool trap_exit(bool on) {
    process& p = require_process("trap_exit");
    take_mail(p); // what has arrived before is judged by the old flag
    const bool before = p.traps.exchange(on, std::memory_order_seq_cst);
    if (before && !on) { // who saw the old flag did not tell us: see send_signal
        std::atomic_thread_fence(std::memory_order_seq_cst);
        take_mail(p);
    }
    return before;
}

bool traps_exit() noexcept {
    const process* p = current_process();
    return p && p->traps.load(std::memory_order_relaxed);
}

// --- ending ---

void exit(const exit_reason& reason) {
    require_process("exit");
    throw process_exit{reason};
}

void stop(const exit_reason& reason) {
    process& p = require_process("stop");
    if (!p.server)
        throw std::logic_error{"coppice: stop ends a server after its handler; a process that is a "
                               "function returns, or calls this_process::exit"};
    extras_of(p).stop_reason = reason;
    p.after |= after_flag::stop;
}

void ignore() {
    require_process("ignore");
    throw process_ignored{};
}

// --- time ---

void sleep(time_limit timeout) {
    process& p = require_process("sleep");
    cancellation_point(p);
    if (is_over(timeout))
        return yield();
    wait_op op;
    wait_in_handler(*this_worker, p, op, timeout);
    cancellation_point(p);
}

void yield() {
    process& p = require_process("yield");
    cancellation_point(p);
    this_worker->yield();
    cancellation_point(p);
}

time_limit::clock::time_point now() noexcept { return clock_now(); }

time_limit deadline() noexcept {
    const process* p = current_process();
    return p ? time_limit{deadline_of(*p)} : infinity;
}

void idle_timeout(time_span d) {
    process& p = require_process("idle_timeout");
    rare_of(p).idle_after = d;
    p.after |= after_flag::idle_timeout;
}

priority set_priority(priority level) {
    process& p = require_process("set_priority");
    if (!p.server)
        throw std::logic_error{"coppice: a process that is a function keeps its thread for life: "
                               "start it with spawn_options::priority"};
    rare_of(p).priority_was_set = level == priority::low;
    const priority before = p.low_priority ? priority::low : priority::normal;
    p.low_priority = level == priority::low;
    return before;
}

void hibernate() {
    process& p = require_process("hibernate");
    if (p.server) {
        p.after |= after_flag::hibernate;
        return;
    }
    shrink_extras(p);
    stack_pool::give_back_unused(this_worker->current->stack);
}

} // namespace coppice::this_process

namespace coppice {

bool detail::is_linked(pid other) {
    process& p = require_process("is_linked");
    take_mail(p);
    return p.extras && p.extras->links.contains(other);
}

void pid::exit(const exit_reason& reason) const {
    detail::send_signal(*this, detail::signal_envelope::kind::exit, this_process::self(), 0,
                        reason);
    if (detail::process* p = detail::current_process(); p && p->self() == *this)
        detail::cancellation_point(*p);
}

bool pid::alive() const noexcept { return detail::is_alive(*this); }

} // namespace coppice
