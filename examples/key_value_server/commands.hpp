// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "command_table.hpp"
#include "keyspace.hpp"

// What the commands mean for one partition. Pure: a keyspace, a time, and an encoded answer.
namespace key_value {

/// Runs a command on the keys of one partition and returns the encoded answer.
///
/// The commands that concern several keys come here one key at a time: see `routing`.
std::string run(const command& c, keyspace& keys, milliseconds now);

} // namespace key_value
