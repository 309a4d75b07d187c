// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <atomic>
#include <chrono>

namespace coppice::detail {

/// The clock of a simulation. It outlives its runtime, so that any thread may look at any time:
/// what it reads may be a moment old, or the time of the next simulation, but is never freed
/// memory.
class virtual_clock {
public:
    using clock = std::chrono::steady_clock;

    /// One at its beginning. Clocks are used again, and never freed.
    static virtual_clock& take();
    /// It is not advanced any more.
    static void give_back(virtual_clock& c) noexcept;

    clock::time_point now() const noexcept {
        // Relaxed: a time orders nothing else.
        return clock::time_point{clock::duration{now_.load(std::memory_order_relaxed)}};
    }
    /// The simulation's own thread.
    void advance_to(clock::time_point t) noexcept {
        now_.store(t.time_since_epoch().count(), std::memory_order_relaxed);
    }

private:
    virtual_clock() = default;
    std::atomic<clock::rep> now_{0};
};

/// That of the running runtime; null where it has the real one, and while none runs.
extern constinit std::atomic<const virtual_clock*> the_virtual_clock;

} // namespace coppice::detail
