// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <chrono>
#include <cstdint>
#include <vector>

namespace coppice::detail {

struct envelope;
struct runtime_state;

/// Lets go of messages for later whose receivers have ended, as OTP cancels timers of the dead.
///
/// The memory of a timer is small, what its message holds may be large, and the time may be far
/// away. So after processes have ended the watchdog thread looks at all timers, a few at a time,
/// and then waits until others have ended. Timers that were set for the dead afterwards are found
/// by a look now and then.
///
/// Context: the watchdog thread.
class dead_timers {
public:
    using clock = std::chrono::steady_clock;

    explicit dead_timers(runtime_state& runtime) : runtime_{runtime} {}

    /// Looks at some, if it is time. When it wants to be called next.
    clock::time_point work(clock::time_point now);

private:
    clock::time_point look(clock::time_point now);
    void finish_round(clock::time_point now);

    runtime_state& runtime_;
    std::uint64_t ended_ = 0; // processes, when the last round began
    std::size_t thread_ = 0;  // whose timers come next
    bool looking_ = false;
    clock::time_point earliest_{}; // of the next round, after processes have ended
    clock::time_point latest_{};   // if none has
    std::vector<envelope*> found_;
};

} // namespace coppice::detail
