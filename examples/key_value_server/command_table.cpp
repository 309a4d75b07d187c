// SPDX-License-Identifier: BSL-1.0
#include "command_table.hpp"
#include <algorithm>
#include <charconv>

namespace key_value {
namespace {

using where = routing::where;
using join = routing::join;

/// Arity as in Redis: it counts the name; a negative one is the least.
struct description {
    std::string_view name;
    int arity;
    where to;
    join how;
    std::string_view group;
    std::string_view summary;
};

// clang-format off
constexpr description table[] = {
    {"APPEND", 3, where::one_key, join::single, "string", "Append to the value of a key"},
    {"CLIENT", -2, where::connection, join::single, "connection", "Name this connection, or ask for its name and number"},
    {"COMMAND", -1, where::connection, join::single, "server", "What commands there are"},
    {"CONFIG", -2, where::connection, join::single, "server", "CONFIG GET: settings of this server"},
    {"CRASH", -2, where::connection, join::single, "server", "Make a process throw: store [N], connection, pubsub, listener"},
    {"DBSIZE", 1, where::everywhere, join::sum, "server", "The number of keys"},
    {"DECR", 2, where::one_key, join::single, "string", "Subtract one from a number"},
    {"DECRBY", 3, where::one_key, join::single, "string", "Subtract from a number"},
    {"DEL", -2, where::each_key, join::sum, "generic", "Remove keys"},
    {"ECHO", 2, where::connection, join::single, "connection", "Answer the argument"},
    {"EXISTS", -2, where::each_key, join::sum, "generic", "How many of the keys there are"},
    {"EXPIRE", -3, where::one_key, join::single, "generic", "Let a key end after seconds"},
    {"FLUSHDB", -1, where::everywhere, join::all_ok, "server", "Remove all keys"},
    {"GET", 2, where::one_key, join::single, "string", "The value of a key"},
    {"INCR", 2, where::one_key, join::single, "string", "Add one to a number"},
    {"INCRBY", 3, where::one_key, join::single, "string", "Add to a number"},
    {"INFO", -1, where::connection, join::single, "server", "About this server; INFO tree: its processes"},
    {"KEYS", 2, where::everywhere, join::flatten, "generic", "The keys that fit a pattern"},
    {"MGET", -2, where::each_key, join::list, "string", "The values of several keys"},
    {"MSET", -3, where::each_key, join::all_ok, "string", "Set several keys"},
    {"PERSIST", 2, where::one_key, join::single, "generic", "Let a key stay"},
    {"PEXPIRE", -3, where::one_key, join::single, "generic", "Let a key end after milliseconds"},
    {"PING", -1, where::connection, join::single, "connection", "Is anybody there?"},
    {"PTTL", 2, where::one_key, join::single, "generic", "Milliseconds until a key ends"},
    {"PUBLISH", 3, where::connection, join::single, "pubsub", "Send a message to a channel"},
    {"QUIT", -1, where::connection, join::single, "connection", "Close the connection"},
    {"SELECT", 2, where::connection, join::single, "connection", "There is one database: 0"},
    {"SET", -3, where::one_key, join::single, "string", "Set a key: [NX|XX] [GET] [EX seconds|PX milliseconds]"},
    {"STRLEN", 2, where::one_key, join::single, "string", "The length of a value"},
    {"SUBSCRIBE", -2, where::connection, join::single, "pubsub", "Hear the messages of channels"},
    {"TTL", 2, where::one_key, join::single, "generic", "Seconds until a key ends"},
    {"TYPE", 2, where::one_key, join::single, "generic", "The type of a value"},
    {"UNSUBSCRIBE", -1, where::connection, join::single, "pubsub", "Hear them no more"},
};
// clang-format on

const description* look_up(std::string_view name) {
    const auto* d = std::find_if(std::begin(table), std::end(table),
                                 [&](const description& x) { return x.name == name; });
    return d == std::end(table) ? nullptr : d;
}

std::string unknown_command(const command& c) {
    constexpr std::size_t shown = 128; // characters
    std::string quoted;
    for (std::size_t i = 1; i < c.size() && quoted.size() < shown; ++i)
        quoted += '\'' + c[i].substr(0, shown - quoted.size()) + "' ";
    return "ERR unknown command '" + c[0].substr(0, shown) +
           "', with args beginning with: " + quoted;
}

/// Name, arity, flags, and where its keys stand.
std::string info_of(const description& d) {
    const bool keyed = d.to == where::one_key || d.to == where::each_key;
    const std::int64_t last = d.to == where::each_key ? -1 : 1;
    const std::int64_t step = d.name == "MSET" ? 2 : 1;
    return array({bulk(lower(std::string{d.name})), integer(d.arity), array({}),
                  integer(keyed ? 1 : 0), integer(keyed ? last : 0), integer(keyed ? step : 0)});
}

std::string documentation_of(const description& d) {
    return array({bulk("summary"), bulk(d.summary), bulk("since"), bulk("1.0.0"), bulk("group"),
                  bulk(d.group)});
}

/// All commands, or those that are named.
std::vector<const description*> chosen(const command& c) {
    std::vector<const description*> found;
    if (c.size() < 3)
        for (const description& d : table)
            found.push_back(&d);
    for (std::size_t i = 2; i < c.size(); ++i)
        found.push_back(look_up(upper(c[i])));
    return found;
}

} // namespace

std::string upper(std::string s) {
    std::transform(s.begin(), s.end(), s.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return s;
}

std::string lower(std::string s) {
    std::transform(s.begin(), s.end(), s.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
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

routing route(command& c) {
    std::string name = upper(c[0]);
    const description* d = look_up(name);
    if (!d)
        return {.problem = unknown_command(c)};
    c[0] = std::move(name);
    const auto size = static_cast<int>(c.size());
    const bool odd_mset = d->name == "MSET" && size % 2 == 0;
    if ((d->arity > 0 ? size != d->arity : size < -d->arity) || odd_mset)
        return {.problem = wrong_arguments(d->name)};
    return {.to = d->to, .how = d->how};
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
            const std::size_t end = p.find("\r\n");
            count += static_cast<std::size_t>(
                number(std::string_view{p}.substr(1, end - 1)).value_or(0));
            all += p.substr(end + 2);
        }
        return array_header(count) + all;
    }
    }
    return {};
}

std::string describe_commands(const command& c) {
    const std::string what = c.size() > 1 ? lower(c[1]) : "info";
    std::vector<std::string> all;
    if (what == "count")
        return c.size() == 2 ? integer(std::size(table)) : error(wrong_arguments("command|count"));
    if (what == "list") {
        if (c.size() > 2)
            return error("ERR syntax error");
        for (const description& d : table)
            all.push_back(bulk(lower(std::string{d.name})));
    } else if (what == "info") {
        for (const description* d : chosen(c))
            all.push_back(d ? info_of(*d) : nil_array());
    } else if (what == "docs") {
        for (const description* d : chosen(c))
            if (d) {
                all.push_back(bulk(lower(std::string{d->name})));
                all.push_back(documentation_of(*d));
            }
    } else
        return error(unknown_subcommand(c));
    return array(all);
}

} // namespace key_value
