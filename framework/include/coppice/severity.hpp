// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstdint>
#include <string_view>

namespace coppice {

/// How much a report matters, from the least to the most.
///
/// Source: OTP, "Logging", log level; `alert` and `emergency` are left out.
enum class severity : std::uint8_t {
    debug,    ///< for the search of a mistake: messages to processes that have exited
    info,     ///< progress: a child was started
    notice,   ///< normal, but worth a line
    warning,  ///< something was lost, or will be
    error,    ///< a process crashed, a supervisor acts
    critical, ///< a supervisor gave up; a process could not be ended
    off,      ///< as a level: nothing at all. No report has it.
};

/// `debug`, `info`, ...
std::string_view to_string(severity) noexcept;

} // namespace coppice
