// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/log_record.hpp>
#include <coppice/pid.hpp>
#include <string>

namespace coppice {

/// A report: a supervisor allows its children, which are supervisors too, as many restarts as those
/// allow theirs, so the two multiply. supervisor_flags.hpp says what that means and what to do.
/// Severity: warning.
struct intensities_multiply {
    pid supervisor = {};       ///< the upper one; null when it does not run yet
    std::string name = {};     ///< its registered name, or its id
    std::string child = {};    ///< the id of the lower one
    std::size_t more = 0;      ///< further children of which the same is true
    std::size_t intensity = 0; ///< of the upper one
    time_limit::clock::duration period{};
    std::size_t child_intensity = 0;
    time_limit::clock::duration child_period{};
};

void describe(const intensities_multiply&, log::description&);

} // namespace coppice
