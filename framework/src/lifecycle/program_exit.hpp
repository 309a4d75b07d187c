// SPDX-License-Identifier: BSL-1.0
#pragma once

// std::exit in a process, or in a handler of Asio.
//
// It destroys the thread_local objects of the calling thread first. On a thread of the runtime that
// is Boost.Fiber's scheduler, whose destructor waits for all fibers of the thread to end, the one
// among them that called std::exit: it would wait for ever. Nothing comes before the thread_local
// objects, and the exit code is known to std::exit alone. So we stand before it: the library has
// its own `exit`, which finds a plain thread for the C library's. A plain thread that calls it goes
// straight there.
namespace coppice::detail {

/// That our `exit` is linked, wherever the runtime is.
void link_program_exit() noexcept;

} // namespace coppice::detail
