// SPDX-License-Identifier: BSL-1.0
#include "commands.hpp"
#include <algorithm>
#include <charconv>
#include <limits>

namespace key_value {
namespace {

using where = routing::where;
using join = routing::join;

/// Arity as in Redis: it counts the name; a negative one is the least.
struct description {
    std::string_view name;
    int arity;
    where to;
    join how = join::single;
};

constexpr description table[] = {
    {"APPEND", 3, where::one_key},
    {"CLIENT", -2, where::connection},
    {"COMMAND", -1, where::connection},
    {"CONFIG", -2, where::connection},
    {"CRASH", -2, where::connection},
    {"DBSIZE", 1, where::everywhere, join::sum},
    {"DECR", 2, where::one_key},
    {"DECRBY", 3, where::one_key},
    {"DEL", -2, where::each_key, join::sum},
    {"ECHO", 2, where::connection},
    {"EXISTS", -2, where::each_key, join::sum},
    {"EXPIRE", 3, where::one_key},
    {"FLUSHDB", -1, where::everywhere, join::all_ok},
    {"GET", 2, where::one_key},
    {"INCR", 2, where::one_key},
    {"INCRBY", 3, where::one_key},
    {"INFO", -1, where::connection},
    {"KEYS", 2, where::everywhere, join::flatten},
    {"MGET", -2, where::each_key, join::list},
    {"MSET", -3, where::each_key, join::all_ok},
    {"PERSIST", 2, where::one_key},
    {"PEXPIRE", 3, where::one_key},
    {"PING", -1, where::connection},
    {"PTTL", 2, where::one_key},
    {"PUBLISH", 3, where::connection},
    {"QUIT", -1, where::connection},
    {"SELECT", 2, where::connection},
    {"SET", -3, where::one_key},
    {"STRLEN", 2, where::one_key},
    {"SUBSCRIBE", -2, where::connection},
    {"TTL", 2, where::one_key},
    {"TYPE", 2, where::one_key},
    {"UNSUBSCRIBE", -1, where::connection},
};

std::string upper(std::string s) {
    std::transform(s.begin(), s.end(), s.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return s;
}

std::optional<std::int64_t> number(std::string_view text) {
    std::int64_t n = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (code != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return n;
}

const std::string not_a_number = error("ERR value is not an integer or out of range");
const std::string syntax_error = error("ERR syntax error");

/// When `text` units from now is; nothing for what is no number, or beyond all time.
std::optional<milliseconds> later(std::string_view text, std::int64_t unit, milliseconds now) {
    const auto n = number(text);
    constexpr auto most = std::numeric_limits<milliseconds>::max();
    if (!n || *n > (most - now) / unit || *n < -(most / unit))
        return std::nullopt;
    return now + *n * unit;
}

std::string set(const command& c, keyspace& keys, milliseconds now) {
    milliseconds expires = 0;
    bool if_absent = false, if_present = false, get_old = false;
    for (std::size_t i = 3; i < c.size(); ++i) {
        const std::string option = upper(c[i]);
        if (option == "NX")
            if_absent = true;
        else if (option == "XX")
            if_present = true;
        else if (option == "GET")
            get_old = true;
        else if ((option == "EX" || option == "PX") && i + 1 < c.size() && expires == 0) {
            const auto at = later(c[++i], option == "EX" ? 1000 : 1, now);
            if (!at)
                return not_a_number;
            if (*at <= now)
                return error("ERR invalid expire time in 'set' command");
            expires = *at;
        } else
            return syntax_error;
    }
    if (if_absent && if_present)
        return syntax_error;
    const auto* old = keys.find(c[1], now);
    const std::string before = old ? bulk(old->value) : nil();
    if ((if_absent && old) || (if_present && !old))
        return get_old ? before : nil();
    keys.set(c[1], c[2], expires);
    return get_old ? before : simple("OK");
}

std::string add(const command& c, std::int64_t by, keyspace& keys, milliseconds now) {
    const auto* old = keys.find(c[1], now);
    const auto n = old ? number(old->value) : std::optional<std::int64_t>{0};
    std::int64_t sum = 0;
    if (!n)
        return not_a_number;
    if (__builtin_add_overflow(*n, by, &sum))
        return error("ERR increment or decrement would overflow");
    keys.set(c[1], std::to_string(sum), old ? old->expires : 0);
    return integer(sum);
}

std::string expire(const command& c, std::int64_t unit, keyspace& keys, milliseconds now) {
    const auto at = later(c[2], unit, now);
    if (!at)
        return not_a_number;
    const auto* e = keys.find(c[1], now);
    if (!e)
        return integer(0);
    if (*at <= now)
        keys.remove(c[1], now);
    else
        keys.set(c[1], std::string{e->value}, *at);
    return integer(1);
}

std::string time_left(const command& c, std::int64_t unit, keyspace& keys, milliseconds now) {
    const auto* e = keys.find(c[1], now);
    if (!e)
        return integer(-2);
    return integer(e->expires == 0 ? -1 : (e->expires - now + unit - 1) / unit);
}

} // namespace

std::string run(const command& c, keyspace& keys, milliseconds now) {
    const std::string& name = c[0];
    if (name == "GET") {
        const auto* e = keys.find(c[1], now);
        return e ? bulk(e->value) : nil();
    }
    if (name == "SET")
        return set(c, keys, now);
    if (name == "DEL")
        return integer(keys.remove(c[1], now) ? 1 : 0);
    if (name == "EXISTS")
        return integer(keys.find(c[1], now) ? 1 : 0);
    if (name == "INCR" || name == "DECR")
        return add(c, name == "INCR" ? 1 : -1, keys, now);
    if (name == "INCRBY" || name == "DECRBY") {
        const auto by = number(c[2]);
        if (!by || *by == std::numeric_limits<std::int64_t>::min())
            return not_a_number;
        return add(c, name == "INCRBY" ? *by : -*by, keys, now);
    }
    if (name == "APPEND") {
        const auto* e = keys.find(c[1], now);
        std::string value = e ? e->value + c[2] : c[2];
        const auto size = static_cast<std::int64_t>(value.size());
        keys.set(c[1], std::move(value), e ? e->expires : 0);
        return integer(size);
    }
    if (name == "STRLEN") {
        const auto* e = keys.find(c[1], now);
        return integer(e ? static_cast<std::int64_t>(e->value.size()) : 0);
    }
    if (name == "EXPIRE" || name == "PEXPIRE")
        return expire(c, name == "EXPIRE" ? 1000 : 1, keys, now);
    if (name == "TTL" || name == "PTTL")
        return time_left(c, name == "TTL" ? 1000 : 1, keys, now);
    if (name == "PERSIST") {
        const auto* e = keys.find(c[1], now);
        if (!e || e->expires == 0)
            return integer(0);
        keys.set(c[1], std::string{e->value}, 0);
        return integer(1);
    }
    if (name == "TYPE")
        return simple(keys.find(c[1], now) ? "string" : "none");
    if (name == "DBSIZE")
        return integer(static_cast<std::int64_t>(keys.size(now)));
    if (name == "FLUSHDB") {
        keys.clear();
        return simple("OK");
    }
    if (name == "KEYS") {
        std::vector<std::string> found;
        for (const auto& k : keys.keys(c[1], now))
            found.push_back(bulk(k));
        return array(found);
    }
    return error("ERR a store does not know '" + name + "'");
}

routing route(command& c) {
    c[0] = upper(std::move(c[0]));
    const auto* d = std::find_if(std::begin(table), std::end(table),
                                 [&](const description& x) { return x.name == c[0]; });
    if (d == std::end(table))
        return {.problem = "ERR unknown command '" + c[0].substr(0, 64) + "'"};
    const auto size = static_cast<int>(c.size());
    const bool odd_mset = d->name == "MSET" && size % 2 == 0;
    if ((d->arity > 0 ? size != d->arity : size < -d->arity) || odd_mset)
        return {.problem = "ERR wrong number of arguments for '" + c[0] + "' command"};
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

std::string describe_commands() {
    std::vector<std::string> all;
    for (const description& d : table) {
        std::string name{d.name};
        std::transform(name.begin(), name.end(), name.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        const bool keyed = d.to == where::one_key || d.to == where::each_key;
        all.push_back(array({bulk(name), integer(d.arity), array({}), integer(keyed ? 1 : 0),
                             integer(keyed ? (d.to == where::each_key ? -1 : 1) : 0),
                             integer(keyed ? 1 : 0)}));
    }
    return array(all);
}

} // namespace key_value
