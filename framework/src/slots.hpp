// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "process.hpp"
#include <vector>

// Where processes live: slots in slabs of 64 KiB inside one reserved range of addresses.
//
// A slot's tag only grows, restarts above all used ones when its slab comes back, and a slot whose
// tag is used up is retired: so one pid means one incarnation, for ever. A slab that is empty is
// given back to the kernel; a late push to it reads a zero page, which no pid matches.
namespace coppice::detail::slots {

/// A slot whose word holds (tag | dead), ready for a new incarnation under that tag.
/// Errors: throws std::bad_alloc when the range is used up.
process* acquire();
/// The process is gone: its word holds (next tag | dead). Retired slots are kept out of use.
void release(process* p) noexcept;

/// All slots that were ever used. Any thread; look at the word before anything else.
void for_each(void (*visit)(process&, void*), void* context);

/// The number that people see in a pid.
std::uint64_t index_of(const process* p) noexcept;

/// Hands the calling thread's free slots back, as a thread does that rests or ends.
void flush_cache() noexcept;

struct statistics {
    std::size_t slabs_in_use = 0;
    std::size_t slabs_given_back = 0;
    std::size_t retired = 0;
};
statistics stats();

} // namespace coppice::detail::slots
