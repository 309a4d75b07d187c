// SPDX-License-Identifier: BSL-1.0
#include "keyspace.hpp"
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

void keyspace::set(const std::string& key, std::string value, milliseconds expires) {
    changes_.push_back({change::kind::set, key, value, expires});
    if (expires != 0)
        due_.emplace(expires, key);
    entries_[key] = {std::move(value), expires};
}

void keyspace::forget(const std::string& key) {
    changes_.push_back({change::kind::remove, key, {}, 0});
    entries_.erase(key);
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
    while (gone < limit && !due_.empty() && due_.begin()->first <= now) {
        const std::string key = std::move(due_.begin()->second);
        due_.erase(due_.begin());
        const std::size_t before = entries_.size();
        find(key, now); // removes it, unless it has been given a later time
        gone += before - entries_.size();
    }
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
        if (c.expires != 0)
            due_.emplace(c.expires, c.key);
        entries_[c.key] = {std::move(c.value), c.expires};
        return;
    case change::kind::remove:
        entries_.erase(c.key);
        return;
    case change::kind::clear:
        entries_.clear();
        due_.clear();
        return;
    }
}

bool matches(std::string_view pattern, std::string_view text) {
    while (!pattern.empty()) {
        switch (pattern.front()) {
        case '*': {
            while (!pattern.empty() && pattern.front() == '*')
                pattern.remove_prefix(1);
            if (pattern.empty())
                return true;
            for (std::size_t i = 0; i <= text.size(); ++i)
                if (matches(pattern, text.substr(i)))
                    return true;
            return false;
        }
        case '?':
            if (text.empty())
                return false;
            break;
        case '[': {
            const std::size_t end = pattern.find(']', 1);
            if (end == std::string_view::npos || text.empty())
                return false;
            std::string_view set = pattern.substr(1, end - 1);
            const bool negated = !set.empty() && set.front() == '^';
            if (negated)
                set.remove_prefix(1);
            bool in = false;
            for (std::size_t i = 0; i < set.size(); ++i)
                if (i + 2 < set.size() && set[i + 1] == '-') {
                    in = in || (set[i] <= text.front() && text.front() <= set[i + 2]);
                    i += 2;
                } else
                    in = in || set[i] == text.front();
            if (in == negated)
                return false;
            pattern.remove_prefix(end);
            break;
        }
        case '\\':
            if (pattern.size() > 1)
                pattern.remove_prefix(1);
            [[fallthrough]];
        default:
            if (text.empty() || text.front() != pattern.front())
                return false;
        }
        pattern.remove_prefix(1);
        text.remove_prefix(1);
    }
    return text.empty();
}

} // namespace key_value
