// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "resp.hpp"

// Which commands there are, and what clients are told about them.
namespace key_value {

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

/// Answers COMMAND, and COMMAND COUNT, DOCS, INFO and LIST: with it clients learn what we can do.
std::string describe_commands(const command& c);

std::string upper(std::string s);
std::string lower(std::string s);
/// A number as Redis reads it: `12` and `-3`, but neither `+1` nor `01` nor ` 1`.
std::optional<std::int64_t> number(std::string_view text);
/// What a command says that has several words, `CLIENT` for one.
std::string unknown_subcommand(const command& c);
std::string wrong_arguments(std::string_view name);

} // namespace key_value
