// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/time_limit.hpp>
#include <cstddef>
#include <deque>

namespace coppice {

/// Counts restarts in a sliding window and says when there have been too many.
///
/// After more than `max_restarts` within `period` another restart is no cure: the supervisor exits,
/// and its own supervisor decides.
///
/// Units: monotonic time; a restart exactly `period` old still counts.
/// Context: one owner, never suspends, not thread-safe.
/// Source: OTP supervisor, flags `intensity` and `period`; OTP rounds to seconds, we do not.
class restart_intensity {
public:
    using clock = std::chrono::steady_clock;

    struct limits {
        std::size_t max_restarts = 1;
        time_span period = std::chrono::seconds{5};
    };

    explicit restart_intensity(limits allowed) : limits_{allowed} {}

    /// Records a restart at `now`; true while the supervisor may go on.
    [[nodiscard]] bool record(clock::time_point now);

    /// How many restarts `record` would still grant at `now`.
    std::size_t left(clock::time_point now) const;

private:
    limits limits_;
    std::deque<clock::time_point> restarts_; // oldest first, none older than the period
};

} // namespace coppice
