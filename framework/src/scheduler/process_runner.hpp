// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "scheduler/worker.hpp"

// What a fiber does with a process that it was given.
namespace coppice::detail {

/// Runs the function of a raw process to its end.
void run_raw(worker& w, process& p);
/// Handles a server's messages until there are none, or its turn is over.
void run_server(worker& w, process& p);

} // namespace coppice::detail
