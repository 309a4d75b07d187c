// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "support/sanitizer.hpp"
#include <boost/context/stack_context.hpp>
#include <cstddef>

namespace coppice::detail {

/// Stacks for fibers, each above a guard area, from slabs that are mapped once. One that is handed
/// back costs no memory until it is used again.
///
/// What touches a guard area ends the program with a report that names the process. The area is
/// larger than nearly all frames, so that a function with a large one, of which it touches the far
/// end first, does not reach the stack below; code compiled with -fstack-clash-protection, as our
/// users' is, touches each page of a frame in turn. The areas take address space only: with a
/// program's limit on that (RLIMIT_AS), the stacks take at most half of it.
///
/// A guard that cannot be made is an error, never ignored. With guards by `mprotect` each stack
/// costs two of the kernel's mappings (vm.max_map_count), so the number of stacks is bounded.
///
/// Errors: allocate throws std::bad_alloc at the limit, or when no more can be mapped.
class stack_pool {
public:
    /// Bytes of a stack, and how many there may be, for the next runtime.
    static void configure(std::size_t stack_size, std::size_t max_stacks);

    // Boost.Context's concept of a stack allocator.
    boost::context::stack_context allocate();
    void deallocate(boost::context::stack_context& s) noexcept;

    /// The stack that this thread was given last, for the sanitizers.
    static sanitizer::stack_info last() noexcept;

    /// Gives back to the kernel what is not in use of the stack on which the caller stands. The
    /// caller goes on with fresh pages, should it need them.
    static void give_back_unused(const sanitizer::stack_info& its_own) noexcept;

    /// How many stacks are handed out.
    static std::size_t in_use() noexcept;

    static constexpr std::size_t guard_bytes = 256 * 1024;

    /// Does the address lie in a guard area of ours? Async-signal-safe.
    static bool is_guard(const void* address) noexcept;
};

} // namespace coppice::detail
