// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <boost/version.hpp>
#include <cxxabi.h>

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
    static void** of_thread() noexcept { return nullptr; }
    static void swap(void**, exception_state&, const exception_state&) noexcept {}
#endif
};

} // namespace coppice::detail
