// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <algorithm>
#include <chrono>
#include <cstddef>

namespace coppice::detail {

/// When a thread that sleeps looks for messages whose time has come.
///
/// For each on time, as long as they are few. To sleep and wake up costs as much as a hundred
/// messages, so after a burst of them a thread that slept from tick to tick of the wheel would do
/// little else: then it lets a millisecond pass.
///
/// Context: one owner.
class timer_slack {
public:
    using clock = std::chrono::steady_clock;

    static constexpr std::size_t burst = 32; // messages at a time
    static constexpr auto pause = std::chrono::milliseconds{1};

    /// So many were due at `now`.
    void sent(std::size_t n, clock::time_point now) noexcept {
        earliest_ = n < burst ? clock::time_point{} : now + pause;
    }
    /// `next`: when the next one is due.
    clock::time_point wake_up_time(clock::time_point next) const noexcept {
        return std::max(next, earliest_);
    }

private:
    clock::time_point earliest_{};
};

} // namespace coppice::detail
