// SPDX-License-Identifier: BSL-1.0
#include "command_table.hpp"
#include <algorithm>
#include <charconv>

namespace key_value {
namespace {

using where = routing::where;
using join = routing::join;

// clang-format off
constexpr description table[] = {
    {"APPEND", 3, where::one_key, join::single, "string", "2.0.0", "write denyoom fast", "write string fast", "RW insert", "Append to the value of a key"},
    {"AUTH", -2, where::connection, join::single, "connection", "1.0.0", "noscript loading stale fast no_auth allow_busy", "fast connection", "", "There is no password; only the user default"},
    {"CLIENT", -2, where::connection, join::single, "connection", "2.4.0", "", "slow", "", "About the connections: their names and numbers"},
    {"COMMAND", -1, where::connection, join::single, "server", "2.8.13", "loading stale", "slow connection", "", "What commands there are"},
    {"CONFIG", -2, where::connection, join::single, "server", "2.0.0", "", "slow", "", "Settings of this server"},
    {"CRASH", -2, where::connection, join::single, "server", "1.0.0", "admin noscript", "admin slow dangerous", "", "Make a process throw: store [N], connection, pubsub, listener"},
    {"DBSIZE", 1, where::everywhere, join::sum, "server", "1.0.0", "readonly fast", "keyspace read fast", "", "The number of keys"},
    {"DECR", 2, where::one_key, join::single, "string", "1.0.0", "write denyoom fast", "write string fast", "RW access update", "Subtract one from a number"},
    {"DECRBY", 3, where::one_key, join::single, "string", "1.0.0", "write denyoom fast", "write string fast", "RW access update", "Subtract from a number"},
    {"DEL", -2, where::each_key, join::sum, "generic", "1.0.0", "write", "keyspace write slow", "RM delete", "Remove keys"},
    {"DISCARD", 1, where::connection, join::single, "transactions", "2.0.0", "noscript loading stale fast allow_busy", "fast transaction", "", "Give up a transaction"},
    {"ECHO", 2, where::connection, join::single, "connection", "1.0.0", "loading stale fast", "fast connection", "", "Answer the argument"},
    {"EXEC", 1, where::connection, join::single, "transactions", "1.2.0", "noscript loading stale skip_slowlog", "slow transaction", "", "Do all commands of a transaction as one"},
    {"EXISTS", -2, where::each_key, join::sum, "generic", "1.0.0", "readonly fast", "keyspace read fast", "RO", "How many of the keys there are"},
    {"EXPIRE", -3, where::one_key, join::single, "generic", "1.0.0", "write fast", "keyspace write fast", "RW update", "Let a key end after seconds"},
    {"EXPIREAT", -3, where::one_key, join::single, "generic", "1.2.0", "write fast", "keyspace write fast", "RW update", "Let a key end at a time, in seconds since 1970"},
    {"EXPIRETIME", 2, where::one_key, join::single, "generic", "7.0.0", "readonly fast", "keyspace read fast", "RO access", "When a key ends, in seconds since 1970"},
    {"FLUSHALL", -1, where::everywhere, join::all_ok, "server", "1.0.0", "write", "keyspace write slow dangerous", "", "Remove all keys"},
    {"FLUSHDB", -1, where::everywhere, join::all_ok, "server", "1.0.0", "write", "keyspace write slow dangerous", "", "Remove all keys"},
    {"GET", 2, where::one_key, join::single, "string", "1.0.0", "readonly fast", "read string fast", "RO access", "The value of a key"},
    {"GETDEL", 2, where::one_key, join::single, "string", "6.2.0", "write fast", "write string fast", "RW access delete", "The value of a key, which is removed"},
    {"GETEX", -2, where::one_key, join::single, "string", "6.2.0", "write fast", "write string fast", "RW access update", "The value of a key, whose time is changed"},
    {"GETRANGE", 4, where::one_key, join::single, "string", "2.4.0", "readonly", "read string slow", "RO access", "A part of a value"},
    {"GETSET", 3, where::one_key, join::single, "string", "1.0.0", "write denyoom fast", "write string fast", "RW access update", "Set a key; answers its old value"},
    {"HELLO", -1, where::connection, join::single, "connection", "6.0.0", "noscript loading stale fast no_auth allow_busy", "fast connection", "", "Greet, and agree on the protocol: RESP2"},
    {"INCR", 2, where::one_key, join::single, "string", "1.0.0", "write denyoom fast", "write string fast", "RW access update", "Add one to a number"},
    {"INCRBY", 3, where::one_key, join::single, "string", "1.0.0", "write denyoom fast", "write string fast", "RW access update", "Add to a number"},
    {"INCRBYFLOAT", 3, where::one_key, join::single, "string", "2.6.0", "write denyoom fast", "write string fast", "RW access update", "Add to a number with a fraction"},
    {"INFO", -1, where::connection, join::single, "server", "1.0.0", "loading stale", "slow dangerous", "", "About this server; INFO tree: its processes"},
    {"KEYS", 2, where::everywhere, join::flatten, "generic", "1.0.0", "readonly", "keyspace read slow dangerous", "", "The keys that fit a pattern"},
    {"MGET", -2, where::each_key, join::list, "string", "1.0.0", "readonly fast", "read string fast", "RO access", "The values of several keys"},
    {"MSET", -3, where::each_key, join::all_ok, "string", "1.0.1", "write denyoom", "write string slow", "OW update", "Set several keys"},
    {"MULTI", 1, where::connection, join::single, "transactions", "1.2.0", "noscript loading stale fast allow_busy", "fast transaction", "", "Begin a transaction"},
    {"PERSIST", 2, where::one_key, join::single, "generic", "2.2.0", "write fast", "keyspace write fast", "RW update", "Let a key stay"},
    {"PEXPIRE", -3, where::one_key, join::single, "generic", "2.6.0", "write fast", "keyspace write fast", "RW update", "Let a key end after milliseconds"},
    {"PEXPIREAT", -3, where::one_key, join::single, "generic", "2.6.0", "write fast", "keyspace write fast", "RW update", "Let a key end at a time, in milliseconds since 1970"},
    {"PEXPIRETIME", 2, where::one_key, join::single, "generic", "7.0.0", "readonly fast", "keyspace read fast", "RO access", "When a key ends, in milliseconds since 1970"},
    {"PING", -1, where::connection, join::single, "connection", "1.0.0", "fast", "fast connection", "", "Answer PONG, or the argument"},
    {"PSETEX", 4, where::one_key, join::single, "string", "2.6.0", "write denyoom", "write string slow", "OW update", "Set a key that ends after milliseconds"},
    {"PSUBSCRIBE", -2, where::connection, join::single, "pubsub", "2.0.0", "pubsub noscript loading stale", "pubsub slow", "", "Receive the messages of all channels that fit patterns"},
    {"PTTL", 2, where::one_key, join::single, "generic", "2.6.0", "readonly fast", "keyspace read fast", "RO access", "Milliseconds until a key ends"},
    {"PUBLISH", 3, where::connection, join::single, "pubsub", "2.0.0", "pubsub loading stale fast", "pubsub fast", "", "Send a message to a channel"},
    {"PUBSUB", -2, where::connection, join::single, "pubsub", "2.8.0", "", "slow", "", "Which channels have subscribers"},
    {"PUNSUBSCRIBE", -1, where::connection, join::single, "pubsub", "2.0.0", "pubsub noscript loading stale", "pubsub slow", "", "Receive them no more"},
    {"QUIT", -1, where::connection, join::single, "connection", "1.0.0", "noscript loading stale fast no_auth allow_busy", "fast connection", "", "Close the connection"},
    {"RESET", 1, where::connection, join::single, "connection", "6.2.0", "noscript loading stale fast no_auth allow_busy", "fast connection", "", "Make the connection as it was at first"},
    {"SCAN", -2, where::from_cursor, join::scan, "generic", "2.8.0", "readonly", "keyspace read slow", "", "Some of the keys, and where to go on"},
    {"SELECT", 2, where::connection, join::single, "connection", "1.0.0", "loading stale fast", "fast connection", "", "There is one database: 0"},
    {"SET", -3, where::one_key, join::single, "string", "1.0.0", "write denyoom", "write string slow", "RW access update variable_flags", "Set a key"},
    {"SETEX", 4, where::one_key, join::single, "string", "2.0.0", "write denyoom", "write string slow", "OW update", "Set a key that ends after seconds"},
    {"SETNX", 3, where::one_key, join::single, "string", "1.0.0", "write denyoom fast", "write string fast", "OW insert", "Set a key that is not there"},
    {"SETRANGE", 4, where::one_key, join::single, "string", "2.2.0", "write denyoom", "write string slow", "RW update", "Overwrite a part of a value"},
    {"STRLEN", 2, where::one_key, join::single, "string", "2.2.0", "readonly fast", "read string fast", "RO", "The length of a value"},
    {"SUBSCRIBE", -2, where::connection, join::single, "pubsub", "2.0.0", "pubsub noscript loading stale", "pubsub slow", "", "Receive the messages of channels"},
    {"SUBSTR", 4, where::one_key, join::single, "string", "1.0.0", "readonly", "read string slow", "RO access", "A part of a value; GETRANGE"},
    {"TIME", 1, where::connection, join::single, "server", "2.6.0", "loading stale fast", "fast", "", "What time it is"},
    {"TOUCH", -2, where::each_key, join::sum, "generic", "3.2.1", "readonly fast", "keyspace read fast", "RO", "How many of the keys there are"},
    {"TTL", 2, where::one_key, join::single, "generic", "1.0.0", "readonly fast", "keyspace read fast", "RO access", "Seconds until a key ends"},
    {"TYPE", 2, where::one_key, join::single, "generic", "1.0.0", "readonly fast", "keyspace read fast", "RO", "The type of a value"},
    {"UNLINK", -2, where::each_key, join::sum, "generic", "4.0.0", "write fast", "keyspace write fast", "RM delete", "Remove keys"},
    {"UNSUBSCRIBE", -1, where::connection, join::single, "pubsub", "2.0.0", "pubsub noscript loading stale", "pubsub slow", "", "Receive them no more"},
    {"UNWATCH", 1, where::connection, join::single, "transactions", "2.2.0", "noscript loading stale fast allow_busy", "fast transaction", "", "Watch no key any more"},
    {"WATCH", -2, where::connection, join::single, "transactions", "2.2.0", "noscript loading stale fast allow_busy", "fast transaction", "RO", "Let the next EXEC do nothing if one of the keys changes before"},
};

constexpr description subcommands[] = {
    {"client|getname", 2, where::connection, join::single, "connection", "2.6.9", "noscript loading stale", "slow connection", "", "The name of this connection"},
    {"client|id", 2, where::connection, join::single, "connection", "5.0.0", "noscript loading stale", "slow connection", "", "The number of this connection"},
    {"client|info", 2, where::connection, join::single, "connection", "6.2.0", "noscript loading stale", "slow connection", "", "About this connection"},
    {"client|kill", -3, where::connection, join::single, "connection", "2.4.0", "admin noscript loading stale", "admin slow dangerous connection", "", "Close connections"},
    {"client|list", -2, where::connection, join::single, "connection", "2.4.0", "admin noscript loading stale", "admin slow dangerous connection", "", "About all connections"},
    {"client|setinfo", 4, where::connection, join::single, "connection", "7.2.0", "noscript loading stale", "slow connection", "", "What library the client uses"},
    {"client|setname", 3, where::connection, join::single, "connection", "2.6.9", "noscript loading stale", "slow connection", "", "Name this connection"},
    {"command|count", 2, where::connection, join::single, "server", "2.8.13", "loading stale", "slow connection", "", "How many commands there are"},
    {"command|docs", -2, where::connection, join::single, "server", "7.0.0", "loading stale", "slow connection", "", "What commands are for"},
    {"command|getkeys", -4, where::connection, join::single, "server", "2.8.13", "loading stale", "slow connection", "", "Which arguments are keys"},
    {"command|getkeysandflags", -4, where::connection, join::single, "server", "7.0.0", "loading stale", "slow connection", "", "Which arguments are keys, and what becomes of them"},
    {"command|info", -2, where::connection, join::single, "server", "2.8.13", "loading stale", "slow connection", "", "Arity, flags and keys of commands"},
    {"command|list", -2, where::connection, join::single, "server", "7.0.0", "loading stale", "slow connection", "", "The names of the commands"},
    {"config|get", -3, where::connection, join::single, "server", "2.0.0", "admin noscript loading stale", "admin slow dangerous", "", "The values of settings"},
    {"config|resetstat", 2, where::connection, join::single, "server", "2.0.0", "admin noscript loading stale", "admin slow dangerous", "", "Count from zero again"},
    {"pubsub|channels", -2, where::connection, join::single, "pubsub", "2.8.0", "pubsub loading stale", "pubsub slow", "", "The channels that have subscribers"},
    {"pubsub|numpat", 2, where::connection, join::single, "pubsub", "2.8.0", "pubsub loading stale", "pubsub slow", "", "How many patterns have subscribers"},
    {"pubsub|numsub", -2, where::connection, join::single, "pubsub", "2.8.0", "pubsub loading stale", "pubsub slow", "", "How many subscribers channels have"},
};
// clang-format on

constexpr bool by_name(const description& a, const description& b) { return a.name < b.name; }
static_assert(std::is_sorted(std::begin(table), std::end(table), by_name));
static_assert(std::is_sorted(std::begin(subcommands), std::end(subcommands), by_name));

const description* look_up(std::span<const description> in, std::string_view name) {
    const auto it =
        std::lower_bound(in.begin(), in.end(), name,
                         [](const description& d, std::string_view n) { return d.name < n; });
    return it == in.end() || it->name != name ? nullptr : &*it;
}

/// Whether it is a command like CLIENT, whose second word selects the subcommand.
bool has_subcommands(const description& d) {
    return d.name == "CLIENT" || d.name == "COMMAND" || d.name == "CONFIG" || d.name == "PUBSUB";
}

std::string unknown_command(const command& c) {
    constexpr std::size_t shown = 128; // characters
    std::string quoted;
    for (std::size_t i = 1; i < c.size() && quoted.size() < shown; ++i)
        quoted += '\'' + c[i].substr(0, shown - quoted.size()) + "' ";
    return "ERR unknown command '" + c[0].substr(0, shown) +
           "', with args beginning with: " + quoted;
}

} // namespace

std::string upper(std::string s) {
    std::transform(s.begin(), s.end(), s.begin(),
                   [](char c) { return 'a' <= c && c <= 'z' ? static_cast<char>(c - 32) : c; });
    return s;
}

std::string lower(std::string s) {
    std::transform(s.begin(), s.end(), s.begin(),
                   [](char c) { return 'A' <= c && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return s;
}

std::optional<std::int64_t> number(std::string_view text) {
    std::int64_t n = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (code != std::errc{} || end != text.data() + text.size() || std::to_string(n) != text)
        return std::nullopt;
    return n;
}

std::string unknown_subcommand(const command& c) {
    return "ERR unknown subcommand '" + c[1].substr(0, 128) + "'. Try " + c[0] + " HELP.";
}

std::string wrong_arguments(std::string_view name) {
    return "ERR wrong number of arguments for '" + lower(std::string{name}) + "' command";
}

std::optional<std::uint64_t> unsigned_number(std::string_view text) {
    std::uint64_t n = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (code != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return n;
}

std::span<const description> all_commands() { return table; }
std::span<const description> all_subcommands() { return subcommands; }

const description* find_command(std::string_view name) {
    const bool two_words = name.find('|') != std::string_view::npos;
    return two_words ? look_up(subcommands, lower(std::string{name}))
                     : look_up(table, upper(std::string{name}));
}

key_positions keys_of(const description& d) {
    if (d.key_flags.empty())
        return {};
    const bool many = d.to == where::each_key || d.name == "WATCH";
    return {1, many ? -1 : 1, d.name == "MSET" ? 2 : 1};
}

bool fits_arity(const description& d, std::size_t words) {
    const auto size = static_cast<int>(words);
    return d.arity > 0 ? size == d.arity : size >= -d.arity;
}

routing route(command& c) {
    std::string name = upper(c[0]);
    const description* d = look_up(table, name);
    if (!d)
        return {.problem = unknown_command(c)};
    c[0] = std::move(name);
    if (c.size() > 1 && has_subcommands(*d)) {
        d = look_up(subcommands, lower(c[0] + '|' + c[1]));
        if (!d)
            return {.problem = unknown_subcommand(c)};
    }
    if (!fits_arity(*d, c.size()))
        return {.problem = wrong_arguments(d->name)};
    if (d->name == "MSET" && c.size() % 2 == 0) // as in Redis, it can be queued in a transaction
        return {.to = where::connection, .what = d, .problem = wrong_arguments(d->name)};
    return {.to = d->to, .how = d->how, .reads = d->flags.starts_with("readonly"), .what = d};
}

std::vector<command> split(const command& c) {
    std::vector<command> parts;
    if (c[0] == "MSET")
        for (std::size_t i = 1; i + 1 < c.size(); i += 2)
            parts.push_back({"SET", c[i], c[i + 1]});
    else
        for (std::size_t i = 1; i < c.size(); ++i)
            parts.push_back({c[0] == "MGET" ? "GET" : c[0], c[i]});
    return parts;
}

std::size_t partition_of(std::string_view key, std::size_t partitions) {
    return std::hash<std::string_view>{}(key) % partitions;
}

scan_cursor scan_cursor::from(std::uint64_t n) {
    return {.partition = n & 0x3ff,
            .bucket = (n >> 10) & most_buckets,
            .generation = (n >> 43) & most_generations};
}

std::uint64_t scan_cursor::number() const {
    return partition | (bucket & most_buckets) << 10 | (generation & most_generations) << 43;
}

std::vector<std::pair<std::size_t, command>> parts_of(const routing& r,
                                                      command& c,
                                                      std::size_t partitions) {
    std::vector<std::pair<std::size_t, command>> parts;
    if (r.to == where::one_key) {
        const std::size_t p = partition_of(c[1], partitions);
        parts.emplace_back(p, std::move(c));
    } else if (r.to == where::each_key) {
        for (command& part : split(c)) {
            const std::size_t p = partition_of(part[1], partitions);
            parts.emplace_back(p, std::move(part));
        }
    } else if (r.to == where::everywhere) {
        for (std::size_t p = 0; p < partitions; ++p)
            parts.emplace_back(p, c);
    } else if (r.to == where::from_cursor) {
        // Partition 0 refuses a text that is not a cursor, and a cursor of an unknown partition.
        const auto n = unsigned_number(c[1]);
        const std::size_t first = n ? scan_cursor::from(*n).partition : partitions;
        if (first >= partitions) {
            c[1] = n ? "0" : c[1];
            parts.emplace_back(partitions - 1, std::move(c));
            return parts;
        }
        for (std::size_t p = first; p < partitions; ++p) {
            parts.emplace_back(p, c);
            if (p > first)
                parts.back().second[1] = std::to_string(scan_cursor{.partition = p}.number());
        }
    }
    return parts;
}

namespace {

/// The rest of an encoded array or string after its first line.
std::string_view behind_line(std::string_view encoded) {
    return encoded.substr(encoded.find("\r\n") + 2);
}
std::size_t count_of(std::string_view encoded) {
    const std::size_t end = encoded.find("\r\n");
    return static_cast<std::size_t>(number(encoded.substr(1, end - 1)).value_or(0));
}

/// The keys of the partitions up to the first that has more, and its cursor.
std::string combine_scans(const std::vector<std::string>& parts) {
    std::size_t count = 0;
    std::string keys, cursor = "0";
    for (const std::string& p : parts) {
        const std::string_view first = behind_line(p); // *2, then the cursor and the keys
        const std::size_t length = count_of(first);
        cursor = std::string{behind_line(first).substr(0, length)};
        const std::string_view second = behind_line(first).substr(length + 2);
        count += count_of(second);
        keys += behind_line(second);
        if (cursor != "0")
            break;
    }
    return array({bulk(cursor), array_header(count) + keys});
}

} // namespace

std::string combine(routing::join how, const std::vector<std::string>& parts) {
    for (const std::string& p : parts)
        if (!p.empty() && p.front() == '-')
            return p;
    switch (how) {
    case join::single:
        return parts.front();
    case join::sum: {
        std::int64_t sum = 0;
        for (const std::string& p : parts)
            sum += number(std::string_view{p}.substr(1, p.size() - 3)).value_or(0);
        return integer(sum);
    }
    case join::list:
        return array(parts);
    case join::all_ok:
        return simple("OK");
    case join::flatten: {
        std::size_t count = 0;
        std::string all;
        for (const std::string& p : parts) {
            count += count_of(p);
            all += behind_line(p);
        }
        return array_header(count) + all;
    }
    case join::scan:
        return combine_scans(parts);
    }
    return {};
}

} // namespace key_value
