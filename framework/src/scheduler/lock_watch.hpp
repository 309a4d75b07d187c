// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "scheduler/worker.hpp"
#include <chrono>
#include <cstdint>

namespace coppice::detail {

/// Finds the thread that is blocked by a lock that one of its own suspended processes may hold.
///
/// A std::mutex that is held across a wait, or a function-local static whose initialiser waits,
/// cannot be seen by us, and the thread that needs it cannot be freed: all that can be done is to
/// say it soon, with the names of those concerned. What we see is a thread that stands in the same
/// step, takes no processor time, waits in the kernel's futex, and has suspended processes.
///
/// Context: the watchdog thread; one for each thread that it watches.
class lock_watch {
public:
    using clock = std::chrono::steady_clock;

    /// `age`: how long the thread has been in this step.
    bool is_due(std::uint64_t step, clock::duration age) noexcept {
        if (step != step_) {
            step_ = step;
            next_look_ = first_look;
        }
        return age >= next_look_;
    }
    /// When it is due. `cpu`: what the thread used of the processor in this step. Reports at most
    /// once a step.
    void look(const worker& w, const process& p, clock::duration age, std::chrono::nanoseconds cpu);

private:
    static constexpr std::chrono::milliseconds first_look{500}; // it is to be told within a second

    std::uint64_t step_ = 0;
    clock::duration next_look_{};
};

} // namespace coppice::detail
