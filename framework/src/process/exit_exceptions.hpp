// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/exit_reason.hpp>

// What leaves a process by unwinding. None of these is a std::exception, so that ordinary handlers
// let them pass; the process boundary catches them.
namespace coppice::detail {

/// this_process::exit(reason).
struct process_exit {
    exit_reason reason;
};
/// A deadly signal reached the process at a suspension point. It is logically dead already.
struct process_killed {};
/// this_process::ignore() in a constructor.
struct process_ignored {};

} // namespace coppice::detail
