// SPDX-License-Identifier: BSL-1.0
#include "messaging/deadline.hpp"
#include "scheduler/runtime_state.hpp"
#include <algorithm>

namespace coppice::detail {

using time_point = time_limit::clock::time_point;

time_point deadline_of_kept(const process& p) noexcept {
    const rare_extras* const x = rare_if_any(p);
    // Our list keeps the request, also when it was answered meanwhile.
    return x && x->just_deferred ? x->just_deferred->deadline : time_point::max();
}

call_time call_time_until(worker& w, time_limit timeout, time_point until) noexcept {
    const auto now = w.recent_now();
    const auto left = saturated_difference(until, now);
    if (left >= timeout.length())
        return {.timeout = timeout, .deadline = saturated_sum(now, timeout.length())};
    if (left >= std::chrono::seconds{1}) // it ends at `until` or a moment later: see plan_call
        return {.timeout = left, .deadline = until};
    return {.timeout = until, .deadline = until, .is_late = until <= w.now()};
}

failure too_late_to_call() {
    return {.code = errc::timeout,
            .reason = exit_reason::timeout,
            .detail = "not sent: the caller of the request in hand has given up, and this call has "
                      "no timeout of its own",
            .not_started = true};
}

time_limit within_deadline(time_limit timeout) noexcept {
    const process* const p = timeout.is_default() ? current_process() : nullptr;
    const auto until = p ? deadline_of(*p) : time_point::max();
    if (until == time_point::max())
        return timeout;
    return std::min(timeout.deadline(clock_now()), until);
}

void set_deadline(request* r, time_limit until) noexcept {
    r->deadline = until.deadline(clock_now());
}

} // namespace coppice::detail
