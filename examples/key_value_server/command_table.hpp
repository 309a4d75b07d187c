// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "resp.hpp"
#include <span>

// The table of commands, and the answers of COMMAND.
namespace key_value {

struct description;

/// Where a command goes, and how the answers of its parts become one.
struct routing {
    enum class where : std::uint8_t {
        connection,  ///< answered by the connection itself
        one_key,     ///< to the partition of its first key
        each_key,    ///< one part for each key
        everywhere,  ///< one part for each partition
        from_cursor, ///< one part for each partition from that of a cursor on
        unknown,     ///< no such command, or a wrong number of arguments; `problem` says so
    };
    enum class join : std::uint8_t { single, sum, list, all_ok, flatten, scan };

    where to = where::unknown;
    join how = join::single;
    bool reads = false;                ///< it changes no key
    const description* what = nullptr; ///< in the table; null for one that is unknown
    std::string problem = {};
};

/// The entry of a command, or of one subcommand.
///
/// Source: the flags, categories and arities are those of Redis 7.0's COMMAND INFO.
struct description {
    std::string_view name;
    int arity; ///< as in Redis: it counts the name; a negative one is the least
    routing::where to;
    routing::join how;
    std::string_view group;
    std::string_view since; ///< the version of Redis that had it first
    std::string_view flags;
    std::string_view categories;
    std::string_view key_flags; ///< what it does with its keys; empty: it has none
    std::string_view summary;
};

/// All commands, in the order of their names.
std::span<const description> all_commands();
/// The second words, such as `client|list`, in their order.
std::span<const description> all_subcommands();
/// In any case; null when there is none.
const description* find_command(std::string_view name);
/// Where the keys of a command stand: from the first to the last (counted from the end when
/// negative), each so many behind the one before. The first is 0 when it has none.
struct key_positions {
    int first = 0, last = 0, step = 0;
};
key_positions keys_of(const description& d);
/// Whether the number of words fits.
bool fits_arity(const description& d, std::size_t words);

/// Looks a command up; its name is made upper case.
routing route(command& c);

/// The parts of a command that goes to `each_key`.
std::vector<command> split(const command& c);

/// The parts of a command that goes to partitions, each with its partition. It is used up.
std::vector<std::pair<std::size_t, command>> parts_of(const routing& r,
                                                      command& c,
                                                      std::size_t partitions);

/// The partition that a key belongs to.
std::size_t partition_of(std::string_view key, std::size_t partitions);

/// A cursor of SCAN: a partition, and a place in it.
///
/// Shape: 10 bits for the partition, 33 for the bucket, 10 for the number of buckets there were.
/// That is all that a `double` can hold, and node-redis keeps a cursor in one.
struct scan_cursor {
    static constexpr std::uint64_t most_buckets = (1ULL << 33) - 1;
    static constexpr std::uint64_t most_generations = (1ULL << 10) - 1;

    std::size_t partition = 0;
    std::size_t bucket = 0;
    std::size_t generation = 0;

    static scan_cursor from(std::uint64_t n);
    std::uint64_t number() const;
};
/// nullopt for a text that is not a number.
std::optional<std::uint64_t> unsigned_number(std::string_view text);

/// Makes one encoded answer of the parts' answers.
std::string combine(routing::join how, const std::vector<std::string>& parts);

/// Answers COMMAND and its subcommands, from which clients learn the server's commands.
std::string describe_commands(const command& c);

std::string upper(std::string s);
std::string lower(std::string s);
/// A number as Redis reads it: `12` and `-3`, but neither `+1` nor `01` nor ` 1`.
std::optional<std::int64_t> number(std::string_view text);
/// What a command says that has several words, `CLIENT` for one.
std::string unknown_subcommand(const command& c);
std::string wrong_arguments(std::string_view name);

} // namespace key_value
