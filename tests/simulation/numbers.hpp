// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "program.hpp"
#include <coppice/exit_reason.hpp>
#include <coppice/time_limit.hpp>

// What the numbers of steps mean.
namespace simulation {

coppice::time_limit limit_of(int number);
/// The number of the same time where only a duration is taken.
int as_duration(int number);
coppice::time_limit::clock::duration duration_of(int number);
coppice::exit_reason reason_of(int number);
std::string name_of(int number);

} // namespace simulation
