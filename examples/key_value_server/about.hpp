// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "command_table.hpp"
#include "tree.hpp"

// The answers of INFO and CONFIG.
namespace key_value {

/// The version of Redis that the server answers like.
inline constexpr const char* spoken_version = "7.0.15";

/// Answers CONFIG.
std::string configuration(const command& c, const server_context& context);

/// The text that INFO answers: all sections, or those that are named; `tree` only when it is named.
std::string about(const command& c, const server_context& context);

} // namespace key_value
