// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <atomic>

// Two threads store something each, and then look at what the other stores; at least one must see
// the other. That takes a fence in both. When one of them comes by millions of times a second and
// the other rarely, the rare one can fence for both: the kernel makes all our threads do it. It
// takes some microseconds.
namespace coppice::detail {

/// Whether the kernel does that for us; else both fence.
inline constinit std::atomic<bool> kernel_fences_for_all{false};

/// Asks the kernel. Before the threads start.
void prepare_asymmetric_fences() noexcept;

/// For the one that comes often.
inline void asymmetric_thread_fence_light() noexcept {
    if (kernel_fences_for_all.load(std::memory_order_relaxed)) [[likely]]
        std::atomic_signal_fence(std::memory_order_seq_cst);
    else
        std::atomic_thread_fence(std::memory_order_seq_cst);
}

/// For the other.
void asymmetric_thread_fence_heavy() noexcept;

} // namespace coppice::detail
