// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "keyspace.hpp"
#include "resp.hpp"

// What the commands mean for one partition. Pure: a keyspace, a time, and an encoded answer.
namespace key_value {

/// Runs a command on the keys of one partition and returns the encoded answer.
///
/// The commands that concern several keys come here one key at a time: see `routing`.
std::string run(const command& c, keyspace& keys, milliseconds now);

/// Where a command goes, and how the answers of its parts become one.
struct routing {
    enum class where : std::uint8_t {
        connection, ///< answered where the client is connected
        one_key,    ///< to the partition of its first key
        each_key,   ///< one part for each key
        everywhere, ///< one part for each partition
        unknown,    ///< no such command, or a wrong number of arguments; `problem` says so
    };
    enum class join : std::uint8_t { single, sum, list, all_ok, flatten };

    where to = where::unknown;
    join how = join::single;
    std::string problem = {};
};

/// Looks a command up; its name is made upper case.
routing route(command& c);

/// The parts of a command that goes to `each_key`.
std::vector<command> split(const command& c);

/// Makes one encoded answer of the parts' answers.
std::string combine(routing::join how, const std::vector<std::string>& parts);

/// Names and numbers of arguments of all commands, as COMMAND tells them.
std::string describe_commands();

} // namespace key_value
