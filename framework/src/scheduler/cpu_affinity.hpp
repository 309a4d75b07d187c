// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "scheduler/thread_class.hpp"
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

// Which processors our threads stand on, and who should move.
//
// While all threads have work, the kernel compares those of one processor once in a tick, four
// milliseconds with many kernels, and those of two processors more rarely still. A normal thread
// may wait for so long behind a low-priority one, or behind another normal one while a low-priority
// one has a processor to itself.
namespace coppice::detail {

/// Where the kernel notes on which processor the calling thread runs, for as long as the thread
/// lives. Null where it does not.
const std::uint32_t* processor_of_this_thread() noexcept;

/// Puts a thread on a processor at once. The kernel may move it again. Nothing happens if it may
/// not run there. 0: the calling thread.
void move_thread(int tid, std::uint32_t processor) noexcept;

/// A thread that is awake.
struct standing {
    std::size_t thread = 0;
    std::uint32_t processor = 0;
    thread_class kind = thread_class::normal;
    bool still = false; ///< it has got no further since it was seen last
};

struct proposed_move {
    std::optional<std::size_t> thread; ///< none: the watchdog thread
    std::uint32_t processor = 0;
};

/// What helps a normal thread that stands still, if anything may. Where a low-priority thread
/// shares its processor, the watchdog thread goes there: when it sleeps again, the kernel chooses
/// anew. Where another normal thread does, it moves to one that only low-priority threads have.
std::optional<proposed_move> plan_move(std::span<const standing> awake) noexcept;

} // namespace coppice::detail
