// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <chrono>
#include <cstdint>

// CPU work that takes the same instructions each time, however often its thread is interrupted.
namespace benchmark {

/// `steps` steps, each of which needs the one before: no compiler and no CPU can shorten it.
std::uint64_t compute(std::uint64_t seed, long steps);

/// How many steps take `time` of CPU on an idle machine. Measured at the first call.
long steps_that_take(std::chrono::nanoseconds time);

} // namespace benchmark
