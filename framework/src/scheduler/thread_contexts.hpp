// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "support/sanitizer.hpp"
#include <boost/fiber/context.hpp>

namespace coppice::detail {

/// What Boost.Fiber has on a thread beside our fibers: its dispatcher, which sleeps where nothing
/// is ready, and the thread's own stack. Here stands where they are, and which may be switched to.
///
/// Context: the thread.
struct thread_contexts {
    boost::fibers::context* dispatcher = nullptr;
    boost::fibers::context* main = nullptr;
    bool dispatcher_ready = false;
    bool main_ready = false;
    bool want_dispatcher = false; // it comes next, before what is ready
    sanitizer::stack_info dispatcher_stack, main_stack;
    sanitizer::stack_info* stack = nullptr; // of what runs now
    void** exceptions = nullptr;            // the C++ runtime's, of the thread
    valgrind::known_stack known_dispatcher_stack, known_main_stack, known_io_stack;
};

} // namespace coppice::detail
