// SPDX-License-Identifier: BSL-1.0
#include "messaging/send.hpp"
#include "process/envelope_tables.hpp"
#include "scheduler/runtime_state.hpp"
#include "signals/suspension.hpp"
#include <coppice/pid.hpp>
#include <exception>

namespace coppice {
namespace detail {
namespace {

/// A timer was set from outside: its thread must see when to wake up.
struct look_again final : envelope {
    look_again() noexcept : envelope{operations} {}
    static void handle(envelope* n, void*) { dispose(static_cast<look_again*>(n)); }
    static constexpr envelope_ops operations = between_threads("timer", &handle);
};

time_limit::clock::time_point later(time_limit::clock::time_point now,
                                    time_limit::clock::duration d) noexcept {
    return d <= d.zero() ? now : saturated_sum(now, d);
}

/// A process that sets many timers without a pause keeps its thread from firing those that are due.
void let_timers_fire(worker& w, time_limit::clock::time_point now) {
    process* me = w.process_now();
    if (w.sim || !me || !me->running || !w.timers.waits.is_behind(now) ||
        std::uncaught_exceptions() > 0)
        return;
    w.fire_timers(now);
    w.yield();
}

} // namespace

timer_ref post_after(pid to, time_limit::clock::duration d, envelope* n) {
    const runtime_guard here;
    if (!to || !is_alive(to) || !here.runtime()) {
        n->ops->drop(n); // as in OTP, there is no timer for a process that has ended
        return {};
    }
    worker* w = this_worker;
    worker& owner = w ? *w : here.runtime()->any_worker();
    const auto now = w ? w->now() : clock_now();
    const timer_ref t = owner.timers.messages.set(now, later(now, d), to, n);
    if (w)
        let_timers_fire(*w, now);
    else
        send_to(owner, make_envelope<look_again>());
    return t;
}

void post_due(const std::vector<due_message>& all) {
    constexpr std::size_t ahead = 8;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (i + ahead < all.size())
            __builtin_prefetch(all[i + ahead].message, 1);
        post_from_timer(all[i].to, all[i].message);
    }
}

} // namespace detail

result<time_limit::clock::duration> timer_ref::cancel() {
    using namespace detail;
    if (const auto c = message_timers::cancel(*this)) {
        c->message->ops->drop(c->message);
        return std::max(saturated_difference(c->due, clock_now()),
                        time_limit::clock::duration::zero());
    }
    return failure{.code = errc::not_found,
                   .reason = exit_reason::normal,
                   .detail = "the timer has fired, or was cancelled before"};
}

} // namespace coppice
