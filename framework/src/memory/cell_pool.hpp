// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/detail/envelope.hpp>

// Where the memory of envelopes goes that are not needed any more.
//
// Three layers. A thread has magazines of free cells; full ones are exchanged through a depot; the
// depot gets its cells from slabs and gives them back there, and an empty slab goes to the kernel.
namespace coppice::detail::cell_pool {

/// Hands the calling thread's free cells to the depot, as a thread does that rests or ends.
void flush_cache() noexcept;

/// Ends a period: what lay in the depot during all of it is surplus. False: the depot is empty, and
/// the next period will find none.
bool take_stock() noexcept;

/// Gives some of the surplus back; so little that it takes well below a millisecond. False: that
/// was the last of it.
bool give_back_some() noexcept;

struct statistics {
    std::size_t slabs_in_use = 0;
    std::size_t slabs_given_back = 0;
};
statistics stats();

} // namespace coppice::detail::cell_pool
