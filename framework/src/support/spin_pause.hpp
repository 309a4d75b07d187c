// SPDX-License-Identifier: BSL-1.0
#pragma once

namespace coppice::detail {

/// Tells the processor that a loop waits for another thread, and so takes some tens of nanoseconds.
///
/// Boost.Atomic, Boost.Fiber and Boost.SmartPtr have such a function each, none of them public. On
/// aarch64 they use `yield`, or nothing. Most processors ignore `yield`, and then a count of rounds
/// is over in no time. `isb` empties the pipeline, which takes about as long as `pause`.
inline void spin_pause() noexcept {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("isb" : : : "memory");
#else
    asm volatile("" : : : "memory");
#endif
}

} // namespace coppice::detail
