// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "actors.hpp"
#include <functional>

namespace simulation {

/// Runs `body` as the main function of a release of two applications, whose servers get exit
/// signals as those of the modules do.
///
/// Each function of an application must run once, in the right order, whatever the actors do.
void run_in_release(world& w, std::size_t threads, std::function<void()> body);

} // namespace simulation
