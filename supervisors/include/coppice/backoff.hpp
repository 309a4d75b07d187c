// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/time_limit.hpp>
#include <cstddef>

namespace coppice {

/// Waits before a restart, longer after each failure in a row. Off unless `min` is set.
///
/// OTP restarts at once. That is right for a bug that a fresh state cures, and wrong for a database
/// that is down for a minute: the intensity is used up in a moment and the tree ends. With a
/// backoff the supervisor waits `min`, then twice that, and so on up to `max`. Meanwhile it serves
/// its other children, and the waiting one is listed as `restarting`. Each attempt still counts as
/// one restart, so `intensity` must fit the delays.
///
/// Units: any duration; `jitter` is a share of the delay, 0 to 1.
/// Source: not in OTP.
struct backoff {
    using duration = std::chrono::steady_clock::duration;

    time_span min{};                          ///< before the first restart; zero: no backoff
    time_span max = std::chrono::seconds{30}; ///< never longer than this
    double jitter = 0.2;                      ///< how much of a delay may be taken off at random
    time_span stable_after = std::chrono::seconds{60}; ///< a child that lived so long starts afresh

    constexpr bool enabled() const { return min > time_span{}; }

    /// The delay before the restart that follows `failures` failures in a row (1: the first).
    ///
    /// `random` is a number in [0, 1), given by the caller, so a test needs no generator. Children
    /// that failed together are not restarted in the same moment.
    duration delay(std::size_t failures, double random) const;

    /// How many failures in a row there are, when there were `before` and the child then lived for
    /// `lived`.
    constexpr std::size_t failures(std::size_t before, duration lived) const {
        return lived >= stable_after.length() ? 1 : before + 1;
    }
};

} // namespace coppice
