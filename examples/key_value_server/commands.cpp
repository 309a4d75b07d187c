// SPDX-License-Identifier: BSL-1.0
#include "commands.hpp"
#include <limits>

namespace key_value {
namespace {

constexpr std::size_t longest_value = 512UL * 1024 * 1024;
const std::string not_a_number = error("ERR value is not an integer or out of range");
const std::string syntax_error = error("ERR syntax error");

std::string invalid_expire(const command& c) {
    return error("ERR invalid expire time in '" + lower(c[0]) + "' command");
}

/// When `n` units from now is; nothing for what is beyond all time.
std::optional<milliseconds> later(std::int64_t n, std::int64_t unit, milliseconds now) {
    constexpr auto most = std::numeric_limits<milliseconds>::max();
    if (n > (most - now) / unit || n < -(most / unit))
        return std::nullopt;
    return now + n * unit;
}

struct set_options {
    bool if_absent = false;
    bool if_present = false;
    bool get_old = false;
    std::string expires = {}; // as it was given
    std::int64_t unit = 0;    // of it; 0: none was given
};

/// Nothing for a syntax error.
std::optional<set_options> options_of(const command& c) {
    set_options o;
    for (std::size_t i = 3; i < c.size(); ++i) {
        const std::string word = upper(c[i]);
        if (word == "NX")
            o.if_absent = true;
        else if (word == "XX")
            o.if_present = true;
        else if (word == "GET")
            o.get_old = true;
        else if ((word == "EX" || word == "PX") && i + 1 < c.size()) {
            const std::int64_t unit = word == "EX" ? 1000 : 1;
            if (o.unit != 0 && o.unit != unit)
                return std::nullopt;
            o.unit = unit;
            o.expires = c[++i];
        } else
            return std::nullopt;
    }
    if (o.if_absent && o.if_present)
        return std::nullopt;
    return o;
}

std::string set(const command& c, keyspace& keys, milliseconds now) {
    const auto o = options_of(c);
    if (!o)
        return syntax_error;
    milliseconds expires = 0;
    if (o->unit != 0) {
        const auto n = number(o->expires);
        if (!n)
            return not_a_number;
        const auto at = later(*n, o->unit, now);
        if (*n <= 0 || !at)
            return invalid_expire(c);
        expires = *at;
    }
    const auto* old = keys.find(c[1], now);
    std::string before = o->get_old && old ? bulk(old->value) : nil();
    if ((o->if_absent && old) || (o->if_present && !old))
        return before;
    keys.set(c[1], c[2], expires);
    return o->get_old ? before : simple("OK");
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

std::string add_argument(const command& c, bool minus, keyspace& keys, milliseconds now) {
    const auto by = number(c[2]);
    if (!by)
        return not_a_number;
    if (minus && *by == std::numeric_limits<std::int64_t>::min())
        return error("ERR decrement would overflow");
    return add(c, minus ? -*by : *by, keys, now);
}

std::string append(const command& c, keyspace& keys, milliseconds now) {
    const auto* e = keys.find(c[1], now);
    std::string value = e ? e->value : std::string{};
    if (value.size() + c[2].size() > longest_value)
        return error("ERR string exceeds maximum allowed size (proto-max-bulk-len)");
    value += c[2];
    const auto size = static_cast<std::int64_t>(value.size());
    keys.set(c[1], std::move(value), e ? e->expires : 0);
    return integer(size);
}

/// May the key get this time? Empty: yes. Else the answer.
std::string refuse_time(const command& c, milliseconds before, milliseconds after) {
    bool nx = false, xx = false, gt = false, lt = false;
    for (std::size_t i = 3; i < c.size(); ++i) {
        const std::string word = upper(c[i]);
        bool* const known = word == "NX"   ? &nx
                            : word == "XX" ? &xx
                            : word == "GT" ? &gt
                            : word == "LT" ? &lt
                                           : nullptr;
        if (!known)
            return error("ERR Unsupported option " + c[i]);
        *known = true;
    }
    if (nx && (xx || gt || lt))
        return error("ERR NX and XX, GT or LT options at the same time are not compatible");
    if (gt && lt)
        return error("ERR GT and LT options at the same time are not compatible");
    const bool never = before == 0;
    if ((nx && !never) || (xx && never) || (gt && (never || after <= before)) ||
        (lt && !never && after >= before))
        return integer(0);
    return {};
}

std::string expire(const command& c, std::int64_t unit, keyspace& keys, milliseconds now) {
    const auto n = number(c[2]);
    const auto at = later(n.value_or(0), unit, now);
    const milliseconds when = at.value_or(now);
    const auto* e = keys.find(c[1], now);
    std::string refused = refuse_time(c, e ? e->expires : 0, when);
    if (!refused.empty() && refused.front() == '-') // as in Redis, the options are looked at first
        return refused;
    if (!n)
        return not_a_number;
    if (!at)
        return invalid_expire(c);
    if (!e)
        return integer(0);
    if (!refused.empty())
        return refused;
    if (when <= now)
        keys.remove(c[1], now);
    else
        keys.set(c[1], std::string{e->value}, when);
    return integer(1);
}

std::string time_left(const command& c, std::int64_t unit, keyspace& keys, milliseconds now) {
    const auto* e = keys.find(c[1], now);
    if (!e)
        return integer(-2);
    return integer(e->expires == 0 ? -1 : (e->expires - now + unit / 2) / unit);
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
    if (name == "INCRBY" || name == "DECRBY")
        return add_argument(c, name == "DECRBY", keys, now);
    if (name == "APPEND")
        return append(c, keys, now);
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
        const std::string how = c.size() > 1 ? upper(c[1]) : "SYNC";
        if (c.size() > 2 || (how != "SYNC" && how != "ASYNC"))
            return syntax_error;
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

} // namespace key_value
