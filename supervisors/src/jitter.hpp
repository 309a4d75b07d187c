// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/this_process.hpp>
#include <cstdint>

namespace coppice::detail {

/// A pseudo-random number in [0, 1) that differs between children and between restart attempts.
///
/// It is mixed from the clock, so that a simulation, which has a virtual clock, repeats it.
inline double jitter(std::uint64_t child, std::uint64_t attempt) {
    std::uint64_t x = child + 0x9e3779b97f4a7c15ULL * (attempt + 1) +
                      static_cast<std::uint64_t>(this_process::now().time_since_epoch().count());
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    x ^= x >> 31;
    return static_cast<double>(x >> 11) * 0x1p-53;
}

} // namespace coppice::detail
