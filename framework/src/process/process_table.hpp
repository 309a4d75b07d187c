// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "memory/type_stable_pool.hpp"
#include "process/process.hpp"

// Where processes live: slots at addresses that are never unmapped.
//
// A slot's tag is its generation. It only grows, restarts above all used ones when its slab comes
// back, and a slot whose tag is used up is retired: so one pid means one incarnation, for ever. A
// slab that is empty is given back to the kernel; a late push to it reads a zero page, which no pid
// matches.
namespace coppice::detail::process_table {

/// A slot whose word holds (tag | dead), ready for a new incarnation under that tag.
/// Errors: throws std::bad_alloc when the range is used up.
process* acquire();
/// The process is gone: its word holds (next tag | dead). Retired slots are kept out of use.
void release(process* p) noexcept;

/// All slots that were ever used. Any thread; look at the word before anything else.
void for_each(void (*visit)(process&, void*), void* context);

/// The number that people see in a pid.
std::uint64_t index_of(const process* p) noexcept;

/// Hands the calling thread's free slots back, and those between the threads, as a thread does that
/// rests or ends.
void flush_cache() noexcept;

/// Slots are handed out to the calling thread and to new ones in the order in which a program hands
/// out its first ones: a simulation finds the same order whatever ran before.
void start_over() noexcept;

slab_statistics stats();

} // namespace coppice::detail::process_table
