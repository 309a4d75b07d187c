// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <algorithm>
#include <cstddef>
#include <limits>
#include <sys/resource.h>

// We reserve ranges of addresses, which cost nothing as long as there are enough of them. Under a
// limit (RLIMIT_AS, `ulimit -v`) there are not: what we reserve, malloc and the stacks of threads
// cannot have.
namespace coppice::detail {

/// The program's limit, or the largest number.
inline std::size_t address_space_limit() noexcept {
    rlimit l{};
    return getrlimit(RLIMIT_AS, &l) == 0 && l.rlim_cur != RLIM_INFINITY
               ? static_cast<std::size_t>(l.rlim_cur)
               : std::numeric_limits<std::size_t>::max();
}

/// What to reserve where `wanted` would be good: all of it, or, under a limit, as much less as the
/// limit is less than 256 GiB. An eighth of it then goes to processes, and some to each thread's
/// timers.
inline std::size_t reservation(std::size_t wanted) noexcept {
    constexpr std::size_t plenty = std::size_t{256} << 30;
    const std::size_t limit = address_space_limit();
    return limit >= plenty ? wanted
                           : static_cast<std::size_t>(static_cast<double>(wanted) *
                                                      (static_cast<double>(limit) / plenty));
}

} // namespace coppice::detail
