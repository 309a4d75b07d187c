// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "model.hpp"

// What the parts of the model share.
namespace simulation {

using hold = std::lock_guard<std::recursive_mutex>;

inline constexpr wide tolerance = 1'000'000; // a millisecond: four ticks of the timer wheel

inline wide in_wide(clock::time_point t) { return t.time_since_epoch().count(); }

} // namespace simulation
