// SPDX-License-Identifier: BSL-1.0
#include "commands.hpp"
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>

namespace key_value {
namespace {

constexpr std::size_t longest_value = 512UL * 1024 * 1024;
const std::string not_a_number = error("ERR value is not an integer or out of range");
const std::string syntax_error = error("ERR syntax error");

std::string invalid_expire(const command& c) {
    return error("ERR invalid expire time in '" + lower(c[0]) + "' command");
}

/// The time `n` units after `base`; nullopt if it is out of range.
std::optional<milliseconds> later(std::int64_t n, std::int64_t unit, milliseconds base) {
    constexpr auto most = std::numeric_limits<milliseconds>::max();
    constexpr auto least = std::numeric_limits<milliseconds>::min();
    if (n > most / unit || n < least / unit || n * unit > most - base)
        return std::nullopt;
    return n * unit + base;
}

/// When a key is to end, as a command gives it.
struct expiry_option {
    std::string text = {};
    std::int64_t unit = 0; // in milliseconds; 0: none was given
    bool absolute = false;

    /// Is `word` EX, PX, EXAT or PXAT, and may it stand here?
    bool take(const std::string& word, const std::string* next) {
        const bool seconds = word == "EX" || word == "EXAT";
        const bool at = word == "EXAT" || word == "PXAT";
        if ((!seconds && word != "PX" && word != "PXAT") || !next)
            return false;
        const std::int64_t u = seconds ? 1000 : 1;
        if (unit != 0 && (unit != u || absolute != at))
            return false;
        unit = u;
        absolute = at;
        text = *next;
        return true;
    }
};

/// The time that was asked for, or the answer that refuses it.
struct expiry {
    milliseconds at = 0;
    std::string refused = {};
};

expiry expiry_of(const command& c, const expiry_option& o, milliseconds now) {
    if (o.unit == 0)
        return {};
    const auto n = number(o.text);
    if (!n)
        return {0, not_a_number};
    const auto at = later(*n, o.unit, o.absolute ? 0 : now);
    if (*n <= 0 || !at)
        return {0, invalid_expire(c)};
    return {*at};
}

struct set_options {
    bool if_absent = false;
    bool if_present = false;
    bool get_old = false;
    bool keep_time = false;
    expiry_option ends = {};
};

/// Nothing for a syntax error.
std::optional<set_options> options_of(const command& c) {
    set_options o;
    for (std::size_t i = 3; i < c.size(); ++i) {
        const std::string word = upper(c[i]);
        if (word == "NX" && !o.if_present)
            o.if_absent = true;
        else if (word == "XX" && !o.if_absent)
            o.if_present = true;
        else if (word == "GET")
            o.get_old = true;
        else if (word == "KEEPTTL" && o.ends.unit == 0)
            o.keep_time = true;
        else if (!o.keep_time && o.ends.take(word, i + 1 < c.size() ? &c[i + 1] : nullptr))
            ++i;
        else
            return std::nullopt;
    }
    return o;
}

std::string set(const command& c, keyspace& keys, milliseconds now) {
    if (c.size() == 3) { // nearly always so
        keys.set(c[1], c[2], 0);
        return simple("OK");
    }
    const auto o = options_of(c);
    if (!o)
        return syntax_error;
    auto ends = expiry_of(c, o->ends, now);
    if (!ends.refused.empty())
        return ends.refused;
    const auto* old = o->get_old ? keys.read(c[1], now) : keys.find(c[1], now);
    std::string before = o->get_old && old ? bulk(old->value) : nil();
    if ((o->if_absent && old) || (o->if_present && !old))
        return before;
    keys.set(c[1], c[2], o->keep_time && old ? old->expires : ends.at);
    return o->get_old ? before : simple("OK");
}

/// SETEX and PSETEX: key, time, value.
std::string set_with_time(const command& c, std::int64_t unit, keyspace& keys, milliseconds now) {
    const auto ends = expiry_of(c, {.text = c[2], .unit = unit}, now);
    if (!ends.refused.empty())
        return ends.refused;
    keys.set(c[1], c[3], ends.at);
    return simple("OK");
}

std::string get(const command& c, keyspace& keys, milliseconds now) {
    const auto* e = keys.read(c[1], now);
    return e ? bulk(e->value) : nil();
}

std::string get_and_expire(const command& c, keyspace& keys, milliseconds now) {
    expiry_option option;
    bool stays = false;
    for (std::size_t i = 2; i < c.size(); ++i) {
        const std::string word = upper(c[i]);
        if (word == "PERSIST" && option.unit == 0)
            stays = true;
        else if (!stays && option.take(word, i + 1 < c.size() ? &c[i + 1] : nullptr))
            ++i;
        else
            return syntax_error;
    }
    const auto* e = keys.read(c[1], now);
    if (!e)
        return nil();
    const auto ends = expiry_of(c, option, now);
    if (!ends.refused.empty())
        return ends.refused;
    std::string value = e->value;
    std::string answer = bulk(value);
    if (option.unit != 0 && ends.at <= now)
        keys.remove(c[1], now);
    else if (option.unit != 0 || (stays && e->expires != 0))
        keys.set(c[1], std::move(value), ends.at);
    return answer;
}

const std::string too_long = error("ERR string exceeds maximum allowed size (proto-max-bulk-len)");

std::string set_range(const command& c, keyspace& keys, milliseconds now) {
    const auto offset = number(c[2]);
    if (!offset)
        return not_a_number;
    if (*offset < 0)
        return error("ERR offset is out of range");
    const auto* e = keys.find(c[1], now);
    std::string value = e ? e->value : std::string{};
    if (c[3].empty())
        return integer(static_cast<std::int64_t>(value.size()));
    const auto start = static_cast<std::size_t>(*offset);
    if (start > longest_value || start + c[3].size() > longest_value)
        return too_long;
    if (value.size() < start + c[3].size())
        value.resize(start + c[3].size());
    value.replace(start, c[3].size(), c[3]);
    const auto size = static_cast<std::int64_t>(value.size());
    keys.set(c[1], std::move(value), e ? e->expires : 0);
    return integer(size);
}

std::string get_range(const command& c, keyspace& keys, milliseconds now) {
    const auto first = number(c[2]), last = number(c[3]);
    if (!first || !last)
        return not_a_number;
    const auto* e = keys.read(c[1], now);
    const std::int64_t size = e ? static_cast<std::int64_t>(e->value.size()) : 0;
    std::int64_t begin = *first, end = *last;
    if (begin < 0 && end < 0 && begin > end)
        return bulk("");
    begin = std::max<std::int64_t>(begin < 0 ? begin + size : begin, 0);
    end = std::min(std::max<std::int64_t>(end < 0 ? end + size : end, 0), size - 1);
    if (begin > end)
        return bulk("");
    return bulk(std::string_view{e->value}.substr(static_cast<std::size_t>(begin),
                                                  static_cast<std::size_t>(end - begin + 1)));
}

/// A number with a fraction, as Redis reads it; nullopt for any other text.
std::optional<long double> real_number(const std::string& text) {
    if (text.empty() || std::isspace(static_cast<unsigned char>(text.front())) ||
        text.find('\0') != std::string::npos)
        return std::nullopt;
    char* end = nullptr;
    const long double n = std::strtold(text.c_str(), &end);
    if (end != text.c_str() + text.size() || std::isnan(n))
        return std::nullopt;
    return n;
}

std::string decimal(long double n) {
    std::string text(static_cast<std::size_t>(std::snprintf(nullptr, 0, "%.17Lf", n)) + 1, '\0');
    text.resize(static_cast<std::size_t>(std::snprintf(text.data(), text.size(), "%.17Lf", n)));
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.')
        text.pop_back();
    return text == "-0" ? "0" : text;
}

std::string add_real(const command& c, keyspace& keys, milliseconds now) {
    const auto* old = keys.find(c[1], now);
    const auto n = old ? real_number(old->value) : 0;
    const auto by = real_number(c[2]);
    if (!n || !by)
        return error("ERR value is not a valid float");
    const long double sum = *n + *by;
    if (std::isnan(sum) || std::isinf(sum))
        return error("ERR increment would produce NaN or Infinity");
    std::string text = decimal(sum);
    std::string answer = bulk(text);
    keys.set(c[1], std::move(text), old ? old->expires : 0);
    return answer;
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
        return too_long;
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

/// `base`: from when on the time is counted.
std::string expire(
    const command& c, std::int64_t unit, milliseconds base, keyspace& keys, milliseconds now) {
    const auto n = number(c[2]);
    const auto at = later(n.value_or(0), unit, base);
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

std::int64_t rounded(milliseconds n, std::int64_t unit) {
    return n / unit + (unit > 1 && n % unit >= unit / 2 ? 1 : 0);
}

std::string time_left(const command& c, std::int64_t unit, keyspace& keys, milliseconds now) {
    const auto* e = keys.read(c[1], now);
    if (!e)
        return integer(-2);
    return integer(e->expires == 0 ? -1 : rounded(e->expires - now, unit));
}

std::string end_time(const command& c, std::int64_t unit, keyspace& keys, milliseconds now) {
    const auto* e = keys.read(c[1], now);
    if (!e)
        return integer(-2);
    return integer(e->expires == 0 ? -1 : rounded(e->expires, unit));
}

std::string scan(const command& c, keyspace& keys, milliseconds now) {
    const auto n = unsigned_number(c[1]);
    if (!n)
        return error("ERR invalid cursor");
    std::size_t count = 10;
    std::string pattern = "*";
    bool strings = true;
    for (std::size_t i = 2; i < c.size(); i += 2) {
        const std::string word = upper(c[i]);
        if (i + 1 == c.size())
            return syntax_error;
        if (word == "COUNT") {
            const auto wanted = number(c[i + 1]);
            if (!wanted)
                return not_a_number;
            if (*wanted < 1)
                return syntax_error;
            count = static_cast<std::size_t>(*wanted);
        } else if (word == "MATCH")
            pattern = c[i + 1];
        else if (word == "TYPE")
            strings = lower(c[i + 1]) == "string";
        else
            return syntax_error;
    }
    scan_cursor cursor = scan_cursor::from(*n);
    const std::size_t generation = keys.generation() & scan_cursor::most_generations;
    const std::size_t bucket = cursor.generation == generation ? cursor.bucket : 0;
    const auto found = keys.scan(bucket, count, now);
    std::vector<std::string> fit;
    for (const std::string& key : found.keys)
        if (strings && matches(pattern, key))
            fit.push_back(bulk(key));
    cursor.bucket = found.next;
    cursor.generation = generation;
    return array({bulk(std::to_string(found.next == 0 ? 0 : cursor.number())), array(fit)});
}

std::string flush(const command& c, keyspace& keys) {
    const std::string how = c.size() > 1 ? upper(c[1]) : "SYNC";
    if (c.size() > 2 || (how != "SYNC" && how != "ASYNC"))
        return syntax_error;
    keys.clear();
    return simple("OK");
}

/// The commands that are not in the first line.
std::string run_other(const command& c, keyspace& keys, milliseconds now) {
    const std::string& name = c[0];
    if (name == "SETEX" || name == "PSETEX")
        return set_with_time(c, name == "SETEX" ? 1000 : 1, keys, now);
    if (name == "SETNX") {
        const bool absent = !keys.find(c[1], now);
        if (absent)
            keys.set(c[1], c[2], 0);
        return integer(absent ? 1 : 0);
    }
    if (name == "GETSET") {
        std::string old = get(c, keys, now);
        keys.set(c[1], c[2], 0);
        return old;
    }
    if (name == "GETDEL") {
        std::string old = get(c, keys, now);
        keys.remove(c[1], now);
        return old;
    }
    if (name == "GETEX")
        return get_and_expire(c, keys, now);
    if (name == "SETRANGE")
        return set_range(c, keys, now);
    if (name == "GETRANGE" || name == "SUBSTR")
        return get_range(c, keys, now);
    if (name == "INCRBYFLOAT")
        return add_real(c, keys, now);
    if (name == "EXPIREAT" || name == "PEXPIREAT")
        return expire(c, name == "EXPIREAT" ? 1000 : 1, 0, keys, now);
    if (name == "EXPIRETIME" || name == "PEXPIRETIME")
        return end_time(c, name == "EXPIRETIME" ? 1000 : 1, keys, now);
    if (name == "PERSIST") {
        const auto* e = keys.find(c[1], now);
        if (!e || e->expires == 0)
            return integer(0);
        keys.set(c[1], std::string{e->value}, 0);
        return integer(1);
    }
    if (name == "TYPE")
        return simple(keys.read(c[1], now) ? "string" : "none");
    if (name == "DBSIZE")
        return integer(static_cast<std::int64_t>(keys.size(now)));
    if (name == "FLUSHDB" || name == "FLUSHALL")
        return flush(c, keys);
    if (name == "SCAN")
        return scan(c, keys, now);
    if (name == "KEYS") {
        std::vector<std::string> found;
        for (const auto& k : keys.keys(c[1], now))
            found.push_back(bulk(k));
        return array(found);
    }
    return error("ERR a store does not know '" + name + "'");
}

} // namespace

std::string run(const command& c, keyspace& keys, milliseconds now) {
    const std::string& name = c[0];
    if (name == "GET")
        return get(c, keys, now);
    if (name == "SET")
        return set(c, keys, now);
    if (name == "DEL" || name == "UNLINK")
        return integer(keys.remove(c[1], now) ? 1 : 0);
    if (name == "EXISTS" || name == "TOUCH")
        return integer(keys.read(c[1], now) ? 1 : 0);
    if (name == "INCR" || name == "DECR")
        return add(c, name == "INCR" ? 1 : -1, keys, now);
    if (name == "INCRBY" || name == "DECRBY")
        return add_argument(c, name == "DECRBY", keys, now);
    if (name == "APPEND")
        return append(c, keys, now);
    if (name == "STRLEN") {
        const auto* e = keys.read(c[1], now);
        return integer(e ? static_cast<std::int64_t>(e->value.size()) : 0);
    }
    if (name == "EXPIRE" || name == "PEXPIRE")
        return expire(c, name == "EXPIRE" ? 1000 : 1, now, keys, now);
    if (name == "TTL" || name == "PTTL")
        return time_left(c, name == "TTL" ? 1000 : 1, keys, now);
    return run_other(c, keys, now);
}

} // namespace key_value
