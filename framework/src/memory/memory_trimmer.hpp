// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <chrono>
#include <cstdint>

namespace coppice::detail {

/// Gives memory back to the kernel that was not needed for a while.
///
/// Once a second it takes stock. What lay unused in the pool of envelopes for all of that second
/// goes back, in portions of well below a millisecond. When many processes have ended and the
/// program has hardly run for a second, malloc gives back what it holds: that takes a tenth of a
/// second for a gigabyte, and a thread that needs memory meanwhile may have to wait.
///
/// Slots and stacks see to themselves: an empty slab of slots goes back at once, and a thread ends
/// the fibers that it does not need.
///
/// Context: the watchdog thread.
class memory_trimmer {
public:
    using clock = std::chrono::steady_clock;

    /// Does a part of what there is to do. `ended`: how many processes have, in all.
    ///
    /// Returns when there will be more, if nothing runs until then; `time_point::max()`: never.
    clock::time_point work(clock::time_point now, std::uint64_t ended);

private:
    bool was_calm(clock::time_point now);

    clock::time_point stock_taken_{};
    std::chrono::nanoseconds cpu_{}; // that the program had used then
    bool giving_ = false;
    std::uint64_t trimmed_at_ = 0; // so many had ended when malloc was trimmed last
};

} // namespace coppice::detail
