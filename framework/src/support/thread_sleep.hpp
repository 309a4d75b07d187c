// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <chrono>

namespace coppice::detail {

/// The thread sleeps for that long, whatever signals its handlers take meanwhile.
///
/// std::this_thread::sleep_for goes on with what the kernel says is left, and the kernel adds the
/// thread's timer slack (50 us) to that after each signal: under more than 20,000 signals a second
/// it never returns. This one sleeps until a point in time.
///
/// Context: a thread, never a process: whatever runs on the thread stands still.
void sleep_thread(std::chrono::nanoseconds time) noexcept;

} // namespace coppice::detail
