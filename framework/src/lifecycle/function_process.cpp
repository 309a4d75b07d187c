// SPDX-License-Identifier: BSL-1.0
#include "log/report_events.hpp"
#include "process/guarded.hpp"
#include "process/process_extras.hpp"
#include "scheduler/process_runner.hpp"
#include "signals/debugging.hpp"
#include "signals/mailbox_limit.hpp"
#include "signals/process_exit.hpp"
#include "signals/signals.hpp"
#include "signals/suspension.hpp"
#include <coppice/receive.hpp>

// Processes that are a function: they hold their fiber for life and take their mail by `receive`.
namespace coppice::detail {
namespace {

/// Waits for mail: the process is idle, and a sender makes it run.
struct receive_wait final : wait_op {
    receive_wait(process& p, fiber& f)
        : waiting{p}, who_waits{p.self()}, bound_before{std::exchange(p.bound, &f)} {
        who = &f;
        give_up = [](wait_op& op) {
            // If mail has come, its sender has made us ready. Time is up all the same, unless what
            // has come fits.
            return claim_idle(static_cast<receive_wait&>(op).who_waits);
        };
    }
    ~receive_wait() { // a condition may throw
        disarm();
        waiting.bound = bound_before;
    }
    receive_wait(const receive_wait&) = delete;
    receive_wait& operator=(const receive_wait&) = delete;

    process& waiting;
    pid who_waits;
    fiber* bound_before;
};

envelope* following(const process& p, const envelope* seen) noexcept {
    return seen ? seen->next : p.mail.front();
}

/// A suspended function process receives nothing, and its time-outs wait, too.
bool is_held(const process& p) noexcept { return p.suspended && p.raw; }

/// Is this a request of the runtime's own that is dealt with here? While a function of sys runs and
/// waits, others of them stay where they are.
bool is_dealt_with(const process& p, const envelope& n) noexcept {
    if (n.ops->what != envelope_ops::kind::system)
        return false;
    if (!p.raw)
        return is_about_room(n);
    const rare_extras* const x = n.ops->runs_user_code ? rare_if_any(p) : nullptr;
    return !x || !x->runs_system_code;
}

/// Looks through the mail behind `seen` (null: all of it) for what is accepted; deals with the
/// runtime's own requests on the way. `seen` ends at the last envelope that was refused.
///
/// A condition is user code: while it waits, new mail is appended, and it may take a message
/// itself.
envelope* search(process& p, envelope*& seen, bool (*accepts)(void*, envelope*), void* context) {
    while (envelope* n = following(p, seen)) {
        if (is_dealt_with(p, *n)) {
            p.mail.remove_behind(seen);
            const bool was_held = is_held(p);
            const std::uint32_t removals = p.mail.removals();
            n->ops->handle(n, &p);
            if (p.exit.is_pending())
                return nullptr;
            if (p.mail.removals() != removals || (was_held && !is_held(p)))
                seen = nullptr; // once more from the start
            continue;
        }
        const std::uint32_t removals = p.mail.removals();
        const bool fits =
            n->ops->what == envelope_ops::kind::message && !is_held(p) && accepts(context, n);
        if (p.mail.removals() != removals)
            seen = nullptr; // `n` may be gone: once more from the start
        else if (fits) {
            p.mail.remove_behind(seen);
            give_room_back(p, n);
            return n;
        } else
            seen = n;
    }
    return nullptr;
}

/// Takes what has come and looks through it.
inline envelope* look(process& p,
                      envelope*& seen,
                      bool (*accepts)(void*, envelope*),
                      void* context) {
    take_mail(p);
    // Not only when mail was taken: what finds the process idle is appended at once.
    if (p.mail_bound.exists())
        drop_excess(p, &seen);
    if (!following(p, seen))
        return nullptr;
    return search(p, seen, accepts, context); // what came before a deadly signal still counts
}

/// Null when there is none in time, or when the exit of the process is pending.
envelope* wait_for_mail(worker& w,
                        process& p,
                        envelope*& seen,
                        bool (*accepts)(void*, envelope*),
                        void* context,
                        time_limit timeout) {
    receive_wait op{p, *w.current};
    w.arm(op, timeout);
    while (!p.exit.has_exited()) { // in a destructor there will be no mail
        if (go_idle(p))
            w.block();
        envelope* const found = look(p, seen, accepts, context);
        const bool time_is_up = op.result == wait_op::outcome::timed_out && !is_held(p);
        if (found || p.exit.is_pending() || time_is_up)
            return found;
    }
    return nullptr;
}

} // namespace

envelope* receive_envelope(bool (*accepts)(void*, envelope*), void* context, time_limit timeout) {
    process& p = require_process("receive");
    worker& w = *this_worker;
    give_way(w);
    cancellation_point(p);
    envelope* seen = nullptr;
    envelope* found = look(p, seen, accepts, context);
    if (!found && !p.exit.is_pending() && (!is_over(timeout) || is_held(p)))
        found = wait_for_mail(w, p, seen, accepts, context, timeout);
    if (found) {
        if (p.after & after_flag::debugged) [[unlikely]]
            tell_arrival(p, found);
        return found;
    }
    cancellation_point(p);
    if (timeout.is_infinite()) // a destructor waits for mail that cannot come any more
        throw process_killed{};
    return nullptr;
}

void run_raw(worker& w, process& p) {
    if (!p.state) // its own stack was abandoned
        return end_process(p, exit_reason{extras_of(p).pending_exit});
    p.bound = w.current;
    w.functions_here.store(w.functions_here.load(std::memory_order_relaxed) + 1,
                           std::memory_order_relaxed);
    p.running = true;
    void* callable = std::exchange(p.state, nullptr);
    ending end = guarded([&] {
        struct unstarted {
            const raw_type& type;
            void* callable;
            ~unstarted() {
                if (callable)
                    type.drop(callable);
            }
        } owner{*p.raw, callable};
        // What came before we ran: a kill, perhaps.
        take_mail(p);
        cancellation_point(p);
        p.raw->run(std::exchange(owner.callable, nullptr));
    });
    p.running = false;
    w.functions_here.store(w.functions_here.load(std::memory_order_relaxed) - 1,
                           std::memory_order_relaxed);
    if (end.kind == ending::how::returned || end.kind == ending::how::ignored) {
        // A deadly signal that came before the end decides the reason.
        take_mail(p);
        if (p.exit.is_pending())
            end.reason = extras_of(p).pending_exit;
    }
    if (!p.exit.has_exited() && end.kind != ending::how::returned && !end.reason.is_orderly())
        report_crash(p, end.reason, nullptr);
    end_process(p, end.reason);
}

} // namespace coppice::detail
