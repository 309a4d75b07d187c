// SPDX-License-Identifier: BSL-1.0
#include "lifecycle/next_step.hpp"
#include "lifecycle/server_start.hpp"
#include "log/report_events.hpp"
#include "messaging/call.hpp"
#include "process/envelope_tables.hpp"
#include "process/guarded.hpp"
#include "process/process_extras.hpp"
#include "scheduler/low_priority_queue.hpp"
#include "scheduler/process_runner.hpp"
#include "scheduler/runtime_state.hpp"
#include "signals/debugging.hpp"
#include "signals/info_request.hpp"
#include "signals/mailbox_limit.hpp"
#include "signals/process_exit.hpp"
#include "signals/signals.hpp"
#include "signals/start_request.hpp"
#include "signals/suspension.hpp"
#include <coppice/detail/engine.hpp>
#include <coppice/process_info.hpp>

// Processes that are an object: they borrow a fiber while they handle messages.
namespace coppice::detail {
namespace {

constexpr unsigned messages_a_turn = 512;
constexpr unsigned messages_a_low_priority_turn = 1;

/// The idle timeout that a handler asked for has passed, perhaps: see set_idle_timeout.
struct idle_envelope final : envelope {
    explicit idle_envelope(std::uint64_t s) noexcept : envelope{operations}, serial{s} {}
    std::uint64_t serial;
    static const envelope_ops operations;
};

/// Ends the server: terminate, then the rest in the order of process_exit.hpp. `during` is what it
/// was handling.
void terminate_server(process& p, exit_reason reason, const envelope_ops* during = nullptr) {
    if (p.state && p.server->terminate) {
        p.handling.store(&terminate_operations, std::memory_order_relaxed);
        const ending end = guarded([&] { p.server->terminate(p.state, reason); });
        if (end.kind == ending::how::exited || end.kind == ending::how::failed)
            reason = end.reason; // what terminate says counts
    }
    if (!p.exit.has_exited() && !reason.is_orderly())
        report_crash(p, reason, during);
    end_process(p, reason);
}

/// Hands an untyped message to handle_info, whichever form the server has.
[[gnu::noinline]] void deliver_message(process& p, envelope* n) {
    message m = message_access::make(n);
    const std::string_view type = m.type();
    if (!p.server->on_message(p.state, std::move(m)))
        report_unexpected(p, type);
}

inline bool from_parent(const process& p, envelope* n) {
    return n->ops->key == &type_key<exit_signal> && p.obeys_parent &&
           static_cast<exit_signal*>(n->ops->payload(n))->from == p.parent;
}

/// Answers, if the request has no answer yet.
bool answer_deferred(request* r, const failure& why) {
    const bool first = claim_answer(r);
    if (first)
        answer_failed(r, why);
    return first;
}

/// Looks at a few of the callers that are kept, and lets go of those that were answered: so that
/// there are never many of these, and a call costs the same however many callers are kept.
void sweep_answered(rare_extras& x) {
    constexpr int steps = 2;
    auto& kept = x.deferred;
    for (int i = 0; i < steps && !kept.empty(); ++i) {
        if (x.swept >= kept.size())
            x.swept = 0;
        request* r = kept[x.swept];
        if (!r->claimed.load(std::memory_order_acquire)) {
            ++x.swept;
            continue;
        }
        kept[x.swept] = kept.back();
        kept.pop_back();
        release(r);
    }
}

/// After a handler that kept its caller, or dropped one while it was unwinding. `failed`: how it
/// ended, if it did not return; then its own caller, and those that it dropped, are told so. True:
/// its own was.
bool settle_deferrals(process& p, const failure* failed) {
    p.after &= ~after_flag::deferred;
    rare_extras* const x = rare_if_any(p);
    if (!x || p.exit.has_exited()) // the dead have answered all of them
        return false;
    bool told = false;
    request* const own = std::exchange(x->just_deferred, nullptr);
    for (request* r = std::exchange(x->dropped_unwinding, nullptr); r;) {
        auto* next = static_cast<request*>(r->next);
        if (answer_deferred(r, failed ? *failed : dropped_without_answer()))
            told |= r == own;
        r = next;
    }
    if (own && failed && answer_deferred(own, *failed))
        told = true;
    if (own && !own->claimed.load(std::memory_order_acquire)) {
        // It stays unanswered. Another process may answer it, so it waits for us no longer.
        forget_caller(*own);
    } else if (own && x->deferred.back() == own) {
        x->deferred.pop_back();
        release(own);
    }
    sweep_answered(*x);
    return told;
}

/// A server that keeps its state answers the caller of the handler that failed, and goes on.
void answer_handler_failure(process& p, const exit_reason& reason, const envelope_ops& during) {
    failure why{.code = errc::exited,
                .reason = reason,
                .detail = std::string{p.server->name} + "'s handler failed: " + reason.text()};
    bool told = settle_deferrals(p, &why);
    if (request* r = std::exchange(p.current, nullptr)) {
        answer_failed(r, std::move(why));
        told = true;
    }
    if (!told)
        report_kept_going(p, reason, during);
}

/// A server that traps exits still ends with its parent.
[[gnu::noinline]] void end_with_parent(process& p, envelope* n) {
    const exit_reason why = static_cast<exit_signal*>(n->ops->payload(n))->reason;
    n->ops->drop(n);
    terminate_server(p, why);
}

/// After a handler that did not just return. True: the server has ended.
[[gnu::noinline]] bool settle_ending(process& p, const ending& end, const envelope_ops& during) {
    if (p.exit.has_exited()) { // however it came back: it may have swallowed the exit
        end_process(p, exit_reason::killed);
        return true;
    }
    switch (end.kind) {
    case ending::how::returned:
    case ending::how::ignored:
        if (p.after & after_flag::deferred)
            settle_deferrals(p, nullptr);
        return false;
    case ending::how::killed: // thrown by a process that exits only, see above
    case ending::how::failed:
        if (p.server->keep_state) {
            answer_handler_failure(p, end.reason, during);
            return false;
        }
        [[fallthrough]];
    case ending::how::exited:
        terminate_server(p, end.reason, &during);
        return true;
    }
    return false;
}

inline void handle(process& p, envelope* n) {
    if (n->ops->what == envelope_ops::kind::typed)
        n->ops->handle(n, p.state);
    else
        deliver_message(p, n);
}

/// Runs user code at the process boundary. True: the server has ended.
template <class F>
bool run_rare(process& p, const envelope_ops& during, F f) {
    p.handling.store(&during, std::memory_order_relaxed);
    p.running = true;
    const ending end = guarded(f);
    p.running = false;
    p.handling.store(nullptr, std::memory_order_relaxed);
    return settle_ending(p, end, during);
}

/// As run_message, and tells what comes and goes to those who debug the server.
[[gnu::noinline]] bool run_debugged(process& p, envelope* n) {
    const envelope_ops& during = *n->ops;
    const pid caller = during.is_request ? static_cast<request*>(n)->caller : pid{};
    return run_rare(p, during, [&] {
        tell_arrival(p, n);
        handle(p, n);
        tell_outcome(p, during, caller);
    });
}

/// A request of sys, which runs code of a user's: also while the server is suspended.
[[gnu::noinline]] bool run_system_request(process& p, envelope* n) {
    return run_rare(p, *n->ops, [&] { n->ops->handle(n, &p); });
}

/// Its caller has given up, and this server does not work for such. True: it was skipped.
[[gnu::noinline]] bool skip_if_late(process& p, envelope* n) {
    if (!n->ops->is_request)
        return false;
    auto* const r = static_cast<request*>(n);
    if (r->deadline == time_limit::clock::time_point::max() || r->deadline > this_worker->now())
        return false;
    ++rare_of(p).late_requests;
    answer_failed(r, {.code = errc::timeout,
                      .reason = exit_reason::timeout,
                      .detail = "not handled: its caller's time was over when it was taken",
                      .not_started = true});
    return true;
}

/// As run_message, in a server that is debugged or skips late requests.
[[gnu::noinline]] bool run_watched(process& p, envelope* n) {
    if ((p.after & after_flag::skips_late) && skip_if_late(p, n))
        return false;
    if (p.after & after_flag::debugged)
        return run_debugged(p, n);
    return run_rare(p, *n->ops, [&] { handle(p, n); });
}

/// Runs one message. True: the server has ended, and `p` is gone.
bool run_message(process& p, envelope* n) {
    if (from_parent(p, n)) [[unlikely]] {
        end_with_parent(p, n);
        return true;
    }
    if (p.after & (after_flag::debugged | after_flag::skips_late)) [[unlikely]]
        return run_watched(p, n);
    const envelope_ops* const during = n->ops;
    p.handling.store(during, std::memory_order_relaxed);
    p.running = true;
    const ending end = guarded([&] { handle(p, n); });
    p.running = false;
    p.handling.store(nullptr, std::memory_order_relaxed);
    if (end.kind == ending::how::returned && !p.exit.has_exited() &&
        !(p.after & after_flag::deferred)) [[likely]]
        return false;
    return settle_ending(p, end, *during);
}

// --- what a handler asked for ---

/// One timer serves many timeouts. A handler that asks for a later moment leaves the timer that is
/// under way alone; when it fires too early it is armed again for the rest. So a server that renews
/// its timeout with every message has at most one timer, not one for each.
void arm_idle_timer(process& p) {
    rare_extras& x = rare_of(p);
    const auto now = this_worker->now();
    if (p.after & after_flag::idle_pending && x.idle_timer_due <= x.idle_deadline)
        return;
    x.idle_timer_due = x.idle_deadline;
    p.after |= after_flag::idle_pending;
    post_after(p.self(), x.idle_deadline - now, make_envelope<idle_envelope>(++x.idle_serial));
}

/// The timer's message has come. True: the timeout has really passed.
bool idle_timer_fired(process& p, std::uint64_t serial) {
    rare_extras& x = rare_of(p);
    if (serial != x.idle_serial)
        return false; // an older one, replaced by a shorter
    p.after &= ~after_flag::idle_pending;
    if (x.idle_deadline == time_limit::clock::time_point::max())
        return false; // cancelled by a message
    if (this_worker->now() < x.idle_deadline) {
        arm_idle_timer(p);
        return false;
    }
    x.idle_deadline = time_limit::clock::time_point::max();
    return true;
}

/// A message that the user will see waits.
bool has_message(const process& p) noexcept {
    for (const envelope* n = p.mail.front(); n; n = n->next)
        if (n->ops->what != envelope_ops::kind::system)
            return true;
    return false;
}

/// Has the handler asked for an idle timeout that is over at once? A later one gets its timer.
bool idle_timeout_passed(process& p) {
    rare_extras& x = rare_of(p);
    if (x.idle_after > time_limit::clock::duration::zero()) {
        p.after &= ~after_flag::idle_timeout;
        x.idle_deadline = saturated_sum(this_worker->now(), x.idle_after);
        if (x.idle_deadline != time_limit::clock::time_point::max())
            arm_idle_timer(p);
        return false;
    }
    take_mail(p);
    if (p.exit.is_pending())
        return false;
    if (has_message(p)) {
        p.after &= ~after_flag::idle_timeout;
        return false;
    }
    // The runtime's own requests go first, and do not end the time-out, as system messages in OTP;
    // nor does it pass while the server is suspended.
    if (p.suspended || !p.mail.empty())
        return false;
    p.after &= ~after_flag::idle_timeout;
    return true;
}

/// The handler of the oldest continue. True: the server has ended.
bool run_continue(process& p) {
    mail_queue& continues = events_of(p).next;
    envelope* const n = continues.pop_front();
    if (continues.empty())
        p.after &= ~after_flag::continues;
    return run_message(p, n);
}

/// A server holds no stack while it waits, and its mailbox no room: what is left are its tables.
void hibernate(process& p) {
    if (!(p.after & after_flag::hibernate))
        return;
    p.after &= ~after_flag::hibernate;
    shrink_extras(p);
}

enum class stepped : std::uint8_t { nothing, one, ended };

/// One step of what the handlers have asked for.
stepped carry_out(process& p) {
    const auto after = [](bool ended) { return ended ? stepped::ended : stepped::one; };
    switch (step_after(p.after)) {
    case next_step::stop:
        terminate_server(p, p.extras->stop_reason);
        return stepped::ended;
    case next_step::run_continue:
        return after(run_continue(p));
    case next_step::idle_timeout:
        return idle_timeout_passed(p)
                   ? after(run_message(p, make_envelope<message_envelope<timeout>>(timeout{})))
                   : stepped::nothing;
    case next_step::nothing:
        break;
    }
    hibernate(p);
    return stepped::nothing;
}

void cancel_idle_timeout(process& p) {
    if (!(p.after & (after_flag::idle_pending | after_flag::idle_timeout)))
        return;
    p.after &= ~after_flag::idle_timeout;
    rare_of(p).idle_deadline = time_limit::clock::time_point::max();
}

/// What came by pid, or a call, cast or note in its envelope's own type. True: the server has
/// ended.
bool dispatch_message(process& p, envelope* n) {
    cancel_idle_timeout(p);
    if (p.suspended && !from_parent(p, n)) {
        park(p, n); // it keeps its room
        if (p.mail_bound.exists())
            drop_excess(p);
        return false;
    }
    give_room_back(p, n);
    return run_message(p, n);
}

/// The timer's note to its own process. True: the server has ended.
bool dispatch_idle_timer(process& p, envelope* n) {
    const std::uint64_t serial = static_cast<idle_envelope*>(n)->serial;
    n->ops->drop(n);
    if (!idle_timer_fired(p, serial))
        return false;
    if (!p.suspended)
        return run_message(p, make_envelope<message_envelope<timeout>>(timeout{}));
    rare_of(p).idle_after = time_limit::clock::duration::zero(); // it passes after the resume
    p.after |= after_flag::idle_timeout;
    return false;
}

/// Handles one envelope. True: the server has ended.
bool dispatch(process& p, envelope* n) {
    if (n->ops->what != envelope_ops::kind::system) {
        if (dispatch_message(p, n))
            return true;
    } else if (n->ops == &start_operations) {
        if (construct_server(p, n))
            return true;
    } else if (n->ops == &idle_envelope::operations) {
        if (dispatch_idle_timer(p, n))
            return true;
    } else if (n->ops->runs_user_code)
        return run_system_request(p, n);
    else
        n->ops->handle(n, &p);
    return false;
}

/// Is there anything to do before the next message? Mostly not.
bool something_comes_first(const process& p) noexcept {
    return p.signalled.load(std::memory_order_relaxed) || p.exit.is_pending() ||
           comes_before_mail(p.after) || (p.after & after_flag::bounded_mail) != 0;
}

/// Signals, mail beyond the bound, and one step of what handlers have asked for.
[[gnu::noinline]] stepped do_what_comes_first(worker& w, process& p) {
    if (p.signalled.load(std::memory_order_relaxed))
        take_mail(p);
    if (p.after & after_flag::bounded_mail)
        drop_excess(p);
    if (p.exit.is_pending()) {
        end_process(p, extras_of(p).pending_exit);
        return stepped::ended;
    }
    if (!comes_before_mail(p.after))
        return stepped::nothing;
    w.watched.step(&p);
    return carry_out(p);
}

/// One message. Nothing: there is none, and the server may go idle.
stepped handle_next(worker& w, process& p) {
    envelope* n = pop(p);
    if (!n) {
        if (!p.inbox.has_mail())
            return stepped::nothing;
        take_mail(p);
        if (p.after & after_flag::bounded_mail)
            drop_excess(p);
        n = pop(p);
        if (!n)
            return stepped::nothing;
    }
    w.watched.step(&p);
    return dispatch(p, n) ? stepped::ended : stepped::one;
}

} // namespace

void engine_timer::handle(envelope* n, void* process_) {
    auto& p = *static_cast<process*>(process_);
    if (p.suspended) {
        park(p, n);
        return;
    }
    auto* const self = static_cast<engine_timer*>(n);
    envelope* const event = self->take(self->engine, self->serial);
    drop(n);
    if (!event)
        return;
    cancel_idle_timeout(p); // it is an event like any other
    events_of(p).next.push_back(event);
    p.after |= after_flag::continues;
}

const envelope_ops idle_envelope::operations = system_message(
    "idle timer", nullptr, [](envelope* n) noexcept { dispose(static_cast<idle_envelope*>(n)); });

// Between two steps, be they messages, continues or timeouts, signals are seen and others may run.
void run_server(worker& w, process& p) {
    const unsigned most = p.low_priority ? messages_a_low_priority_turn : messages_a_turn;
    for (unsigned handled = 0;;) {
        stepped done = stepped::nothing;
        if (something_comes_first(p)) {
            done = do_what_comes_first(w, p);
            if (done == stepped::nothing && p.exit.is_pending())
                continue;
        }
        if (done == stepped::nothing)
            done = handle_next(w, p);
        if (done == stepped::ended)
            return;
        if (done == stepped::nothing) {
            if (!p.exit.is_pending() && go_idle(p))
                return;
            continue;
        }
        if (++handled >= most || w.watched.is_told_anything()) {
            charge_cpu(w, p);
            if (comes_before_mail(p.after) || !p.mail.empty() || p.inbox.has_mail())
                return schedule_last(w, p);
        }
    }
}

} // namespace coppice::detail
