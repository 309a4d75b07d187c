// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "command_table.hpp"
#include "tree.hpp"

// What the server says of itself.
namespace key_value {

/// Answers CONFIG.
std::string configuration(const command& c, const settings& s);

/// The text that INFO answers: all sections, or those that are named; `tree` only when it is named.
std::string about(const command& c, const surroundings& around);

} // namespace key_value
