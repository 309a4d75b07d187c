// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <boost/version.hpp>
#include <cstdint>
#include <cxxabi.h>
#include <exception>

namespace coppice::detail {

/// The C++ runtime's two words about exceptions in flight, kept for each fiber.
///
/// They belong to the thread. Boost.Context before 1.88 leaves them there, so a fiber suspended in
/// a `catch` would find another fiber's exception. From 1.88 on Boost swaps them itself, and doing
/// it twice breaks.
struct exception_state {
    void* caught = nullptr;
    void* uncaught = nullptr; // a count, padded to a word

#if BOOST_VERSION < 108800
    /// Of a fiber that waits: does it unwind?
    bool is_unwinding() const noexcept {
        return (reinterpret_cast<std::uintptr_t>(uncaught) & 0xffffffff) != 0;
    }
    void note_wait() noexcept {}

    static void** of_thread() noexcept {
        return reinterpret_cast<void**>(abi::__cxa_get_globals());
    }
    static void swap(void** thread, exception_state& from, const exception_state& to) noexcept {
        from.caught = thread[0];
        from.uncaught = thread[1];
        thread[0] = to.caught;
        thread[1] = to.uncaught;
    }
#else
    bool is_unwinding() const noexcept { return uncaught != nullptr; }
    /// Before it waits, on its own stack.
    void note_wait() noexcept { uncaught = std::uncaught_exceptions() > 0 ? this : nullptr; }

    static void** of_thread() noexcept { return nullptr; }
    static void swap(void**, exception_state&, const exception_state&) noexcept {}
#endif
};

} // namespace coppice::detail
