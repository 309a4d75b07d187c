// SPDX-License-Identifier: BSL-1.0
#include "lifecycle/program_exit.hpp"
#include "scheduler/worker.hpp"
#include <atomic>
#include <cstdlib>
#include <dlfcn.h>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace coppice::detail {
namespace {

using exit_function = void (*)(int);

[[noreturn]] void exit_of_c_library(int code) {
    if (const auto real = reinterpret_cast<exit_function>(dlsym(RTLD_NEXT, "exit")))
        real(code);
    _exit(code); // a program without one does not get here
}

/// The other threads go on until the program is gone, and their processes with them; the caller's
/// process and what waits on its thread stand still.
[[noreturn]] void exit_elsewhere(int code) {
    static constinit std::atomic<bool> begun{false};
    if (!begun.exchange(true)) { // the first one's code counts
        try {
            std::thread{[code] { exit_of_c_library(code); }}.detach();
        } catch (const std::system_error&) {
            _exit(code); // there is no room for a thread
        }
    }
    for (;;)
        pause();
}

} // namespace

void link_program_exit() noexcept {}

} // namespace coppice::detail

// Weak: in a program that is linked statically the C library's own stands. That it does not return
// is said where stdlib.h declares it.
extern "C" [[gnu::weak]] void exit(int code) noexcept {
    if (coppice::detail::this_worker)
        coppice::detail::exit_elsewhere(code);
    coppice::detail::exit_of_c_library(code);
}
