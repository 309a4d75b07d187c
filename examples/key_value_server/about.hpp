// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "command_table.hpp"
#include "tree.hpp"

// What the server says of itself.
namespace key_value {

/// The version of Redis whose answers these are.
inline constexpr const char* spoken_version = "7.0.15";

/// Answers CONFIG.
std::string configuration(const command& c, const surroundings& around);

/// The text that INFO answers: all sections, or those that are named; `tree` only when it is named.
std::string about(const command& c, const surroundings& around);

} // namespace key_value
