// SPDX-License-Identifier: BSL-1.0
#include "keyspace.hpp"
#include <algorithm>
#include <utility>

namespace key_value {

const keyspace::entry* keyspace::find(const std::string& key, milliseconds now) {
    const auto it = entries_.find(key);
    if (it == entries_.end())
        return nullptr;
    if (it->second.expires != 0 && it->second.expires <= now) {
        forget(key);
        return nullptr;
    }
    return &it->second;
}

void keyspace::put(const std::string& key, std::string value, milliseconds expires) {
    entry& e = entries_[key];
    if (e.expires != expires) {
        if (e.expires != 0)
            due_.erase({e.expires, key});
        if (expires != 0)
            due_.emplace(expires, key);
    }
    e = {std::move(value), expires};
}

void keyspace::erase(const std::string& key) {
    const auto it = entries_.find(key);
    if (it == entries_.end())
        return;
    if (it->second.expires != 0)
        due_.erase({it->second.expires, key});
    entries_.erase(it);
}

void keyspace::set(const std::string& key, std::string value, milliseconds expires) {
    changes_.push_back({change::kind::set, key, value, expires});
    put(key, std::move(value), expires);
}

void keyspace::forget(const std::string& key) {
    changes_.push_back({change::kind::remove, key, {}, 0});
    erase(key);
}

bool keyspace::remove(const std::string& key, milliseconds now) {
    if (!find(key, now))
        return false;
    forget(key);
    return true;
}

void keyspace::clear() {
    changes_.push_back({change::kind::clear, {}, {}, 0});
    entries_.clear();
    due_.clear();
}

std::size_t keyspace::expire(milliseconds now, std::size_t limit) {
    std::size_t gone = 0;
    for (; gone < limit && !due_.empty() && due_.begin()->first <= now; ++gone)
        forget(std::string{due_.begin()->second}); // a copy: the place it stands in goes
    return gone;
}

std::size_t keyspace::size(milliseconds now) {
    expire(now, static_cast<std::size_t>(-1));
    return entries_.size();
}

std::vector<std::string> keyspace::keys(std::string_view pattern, milliseconds now) {
    expire(now, static_cast<std::size_t>(-1));
    std::vector<std::string> found;
    for (const auto& [key, e] : entries_)
        if (matches(pattern, key))
            found.push_back(key);
    return found;
}

void keyspace::replay(change c) {
    switch (c.what) {
    case change::kind::set:
        return put(c.key, std::move(c.value), c.expires);
    case change::kind::remove:
        return erase(c.key);
    case change::kind::clear:
        entries_.clear();
        due_.clear();
        return;
    }
}

namespace {

/// Does `c` fit the set that `pattern` begins with, behind its `[`? Takes the set off. One that is
/// never closed ends with the pattern, as in Redis.
bool takes_from_set(std::string_view& pattern, char c) {
    const bool negated = !pattern.empty() && pattern.front() == '^';
    if (negated)
        pattern.remove_prefix(1);
    bool in = false;
    while (!pattern.empty() && pattern.front() != ']') {
        if (pattern.size() > 1 && pattern.front() == '\\') {
            in = in || pattern[1] == c;
            pattern.remove_prefix(2);
        } else if (pattern.size() > 2 && pattern[1] == '-') {
            const auto [least, most] = std::minmax(pattern[0], pattern[2]);
            in = in || (least <= c && c <= most);
            pattern.remove_prefix(3);
        } else {
            in = in || pattern.front() == c;
            pattern.remove_prefix(1);
        }
    }
    if (!pattern.empty())
        pattern.remove_prefix(1);
    return in != negated;
}

/// Does `c` fit the first piece of the pattern, which is no `*`? Takes the piece off.
bool takes(std::string_view& pattern, char c) {
    const char first = pattern.front();
    pattern.remove_prefix(1);
    if (first == '?')
        return true;
    if (first == '[')
        return takes_from_set(pattern, c);
    if (first != '\\' || pattern.empty())
        return first == c;
    const char literal = pattern.front();
    pattern.remove_prefix(1);
    return literal == c;
}

} // namespace

bool matches(std::string_view pattern, std::string_view text) {
    // Only the last `*` has to be tried with more characters: what an earlier one could take as
    // well, the last one can take too.
    std::optional<std::string_view> behind_star;
    std::string_view untaken;
    for (;;) {
        if (!pattern.empty() && pattern.front() == '*') {
            pattern.remove_prefix(1);
            behind_star = pattern;
            untaken = text;
            continue;
        }
        if (text.empty())
            return pattern.empty();
        if (!pattern.empty() && takes(pattern, text.front())) {
            text.remove_prefix(1);
            continue;
        }
        if (!behind_star || untaken.empty())
            return false;
        untaken.remove_prefix(1); // the star takes one more
        text = untaken;
        pattern = *behind_star;
    }
}

} // namespace key_value
