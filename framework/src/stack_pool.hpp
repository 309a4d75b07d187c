// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "sanitizer.hpp"
#include <boost/context/stack_context.hpp>
#include <cstddef>

namespace coppice::detail {

/// Stacks for fibers, each above a guard page, from slabs that are mapped once. One that is handed
/// back costs no memory until it is used again.
///
/// A guard that cannot be made is an error, never ignored. With guards by `mprotect` each stack
/// costs two of the kernel's mappings, so the number of stacks is bounded.
///
/// Errors: allocate throws std::bad_alloc at the limit.
class stack_pool {
public:
    /// Bytes of a stack, and how many there may be, for the next runtime.
    static void configure(std::size_t stack_size, std::size_t max_stacks);

    // Boost.Context's concept of a stack allocator.
    boost::context::stack_context allocate();
    void deallocate(boost::context::stack_context& s) noexcept;

    /// The stack that this thread was given last, for the sanitizers.
    static sanitizer::stack_info last() noexcept;

    /// How many stacks are handed out.
    static std::size_t in_use() noexcept;

    /// Does the address lie in a guard page of ours? Async-signal-safe.
    static bool is_guard(const void* address) noexcept;
};

} // namespace coppice::detail
