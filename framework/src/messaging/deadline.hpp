// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "process/process_extras.hpp"
#include "scheduler/worker.hpp"

// A caller's deadline: it travels in the request, and bounds what the handler calls without a
// timeout of its own.
namespace coppice::detail {

/// The same for a server that has kept the caller: see defer_request.
time_limit::clock::time_point deadline_of_kept(const process& p) noexcept;

/// When the caller of the request that `p` handles gives up. The clock's last moment: never, or `p`
/// handles no request; what it does in `terminate` is no part of one.
///
/// Context: the process itself.
inline time_limit::clock::time_point deadline_of(const process& p) noexcept {
    if (p.running && p.current)
        return p.current->deadline;
    if (p.running && (p.after & after_flag::deferred)) [[unlikely]]
        return deadline_of_kept(p);
    return time_limit::clock::time_point::max();
}

/// How long a call may take, and what its request says of that.
struct call_time {
    time_limit timeout;
    time_limit::clock::time_point deadline; ///< at or before the moment when the caller gives up
    bool is_late = false;                   ///< there is no time left: nothing is to be sent
};

/// The same for a call without a timeout, in a handler whose caller gives up at `until`.
call_time call_time_until(worker& w,
                          time_limit timeout,
                          time_limit::clock::time_point until) noexcept;

/// A timeout of a second or more is counted from the last look at the clock: so a call costs no
/// clock. Its timer is armed at a look that is still to come, and fires later than that.
inline call_time plan_call(worker& w, const process& p, time_limit timeout) noexcept {
    if (timeout.is_absolute())
        return {.timeout = timeout, .deadline = timeout.deadline({})};
    if (timeout.is_default())
        if (const auto until = deadline_of(p); until != time_limit::clock::time_point::max())
            return call_time_until(w, timeout, until);
    if (timeout.length() >= std::chrono::seconds{1})
        return {.timeout = timeout, .deadline = saturated_sum(w.recent_now(), timeout.length())};
    const auto until = saturated_sum(w.now(), timeout.length());
    return {.timeout = until, .deadline = until};
}

/// What a call gets that was late.
failure too_late_to_call();

} // namespace coppice::detail
