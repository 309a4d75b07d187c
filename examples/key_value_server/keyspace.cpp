// SPDX-License-Identifier: BSL-1.0
#include "keyspace.hpp"
#include <algorithm>
#include <cstring>
#include <unordered_set>
#include <utility>

namespace key_value {

const keyspace::entry* keyspace::find(const std::string& key, milliseconds now) {
    const auto it = entries_.find(key);
    if (it == entries_.end())
        return nullptr;
    if (it->second.expires != 0 && it->second.expires <= now) {
        ++counts_.expired;
        forget(key);
        return nullptr;
    }
    return &it->second;
}

const keyspace::entry* keyspace::read(const std::string& key, milliseconds now) {
    const entry* e = find(key, now);
    ++(e ? counts_.hits : counts_.misses);
    return e;
}

void keyspace::put(const std::string& key, std::string value, milliseconds expires) {
    if (undo_) [[unlikely]] {
        const auto old = entries_.find(key);
        undo_->push_back({key, old == entries_.end() ? std::nullopt : std::optional{old->second}});
    }
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
    if (undo_) [[unlikely]]
        undo_->push_back({key, std::move(it->second)});
    entries_.erase(it);
}

void keyspace::erase_all() {
    if (undo_)
        undo_->push_back({{}, {}, contents{std::move(entries_), std::move(due_)}});
    entries_.clear();
    due_.clear();
}

void keyspace::set(const std::string& key, std::string value, milliseconds expires) {
    changes_.push_back({change::kind::set, key, value, expires});
    touched(key);
    put(key, std::move(value), expires);
}

void keyspace::forget(const std::string& key) {
    changes_.push_back({change::kind::remove, key, {}, 0});
    touched(key);
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
    for (auto& [key, w] : watched_)
        if (entries_.contains(key))
            w.version = ++last_version_;
    erase_all();
}

// --- WATCH ---

void keyspace::touched(const std::string& key) {
    if (watched_.empty()) [[likely]]
        return;
    if (const auto it = watched_.find(key); it != watched_.end())
        it->second.version = ++last_version_;
}

std::uint64_t keyspace::watch(const std::string& key, milliseconds now) {
    find(key, now); // removes an expired key now, as it must not change later
    watchers& w = watched_[key];
    if (w.clients++ == 0)
        w.version = ++last_version_;
    return w.version;
}

void keyspace::unwatch(const std::string& key) {
    const auto it = watched_.find(key);
    if (it != watched_.end() && --it->second.clients == 0)
        watched_.erase(it);
}

std::uint64_t keyspace::version(const std::string& key, milliseconds now) {
    find(key, now); // its expiry is a change
    const auto it = watched_.find(key);
    return it == watched_.end() ? 0 : it->second.version;
}

// --- transactions ---

void keyspace::begin() { undo_.emplace(); }

void keyspace::roll_back() {
    auto steps = std::exchange(undo_, std::nullopt).value();
    for (auto step = steps.rbegin(); step != steps.rend(); ++step)
        if (step->all) {
            entries_ = std::move(step->all->entries);
            due_ = std::move(step->all->due);
        } else if (step->old)
            put(step->key, std::move(step->old->value), step->old->expires);
        else
            erase(step->key);
    changes_.clear();
}

keyspace::counts keyspace::count() const {
    counts c = counts_;
    c.keys = entries_.size();
    c.expiring = due_.size();
    return c;
}

keyspace::scanned keyspace::scan(std::size_t bucket, std::size_t count, milliseconds now) const {
    constexpr std::size_t empty_ones = 10; // for each key, as in Redis
    scanned s;
    const std::size_t buckets = entries_.bucket_count();
    const std::size_t limit = count < buckets / empty_ones ? count * empty_ones : buckets;
    for (std::size_t seen = 0; bucket < buckets && seen < limit && s.keys.size() < count;
         ++bucket, ++seen)
        for (auto it = entries_.begin(bucket); it != entries_.end(bucket); ++it)
            if (it->second.expires == 0 || it->second.expires > now)
                s.keys.push_back(it->first);
    s.next = bucket < buckets ? bucket : 0;
    return s;
}

std::size_t keyspace::expire(milliseconds now, std::size_t limit) {
    std::size_t gone = 0;
    for (; gone < limit && !due_.empty() && due_.begin()->first <= now; ++gone)
        forget(std::string{due_.begin()->second}); // a copy: its entry is removed
    counts_.expired += gone;
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
        return erase_all();
    case change::kind::together:
        for (change& part : unpack(c.value))
            replay(std::move(part));
        return;
    case change::kind::prepared:
        undecided_ = std::move(c);
        return;
    case change::kind::committed:
        if (undecided_ && undecided_->key == c.key)
            for (change& part : unpack(undecided_->value))
                replay(std::move(part));
        undecided_.reset();
        return;
    }
}

namespace {

template <class T>
void put_number(std::string& out, T n) {
    char bytes[sizeof n];
    std::memcpy(bytes, &n, sizeof n);
    out.append(bytes, sizeof n);
}
template <class T>
T take_number(std::string_view& in) {
    T n{};
    std::memcpy(&n, in.data(), sizeof n);
    in.remove_prefix(sizeof n);
    return n;
}
std::string take_bytes(std::string_view& in, std::size_t size) {
    std::string bytes{in.substr(0, size)};
    in.remove_prefix(std::min(size, in.size()));
    return bytes;
}

/// The changes that make a difference: the last one of each key, behind the last `clear`.
std::vector<const change*> last_of_each(const std::vector<change>& changes) {
    std::vector<const change*> kept;
    std::unordered_set<std::string_view> seen;
    for (auto c = changes.rbegin(); c != changes.rend(); ++c) {
        if (c->what == change::kind::clear) {
            kept.push_back(&*c);
            break;
        }
        if (seen.insert(c->key).second)
            kept.push_back(&*c);
    }
    std::reverse(kept.begin(), kept.end());
    return kept;
}

} // namespace

std::string pack(const std::vector<change>& changes) {
    std::string packed;
    for (const change* c : last_of_each(changes)) {
        put_number(packed, c->what);
        put_number(packed, c->expires);
        put_number(packed, static_cast<std::uint32_t>(c->key.size()));
        put_number(packed, static_cast<std::uint32_t>(c->value.size()));
        packed.append(c->key).append(c->value);
    }
    return packed;
}

std::vector<change> unpack(std::string_view packed) {
    constexpr std::size_t numbers = 1 + sizeof(milliseconds) + 2 * sizeof(std::uint32_t);
    std::vector<change> changes;
    while (packed.size() >= numbers) {
        change c{};
        c.what = take_number<change::kind>(packed);
        c.expires = take_number<milliseconds>(packed);
        const auto key = take_number<std::uint32_t>(packed);
        const auto value = take_number<std::uint32_t>(packed);
        c.key = take_bytes(packed, key);
        c.value = take_bytes(packed, value);
        changes.push_back(std::move(c));
    }
    return changes;
}

namespace {

/// Whether `c` matches the set at the beginning of `pattern`, after its `[`. Removes the set. An
/// unclosed set ends with the pattern, as in Redis.
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

/// Whether `c` matches the first element of the pattern, which is not `*`. Removes the element.
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
    // Only the last `*` must be tried with more characters: it can match any that an earlier one
    // could.
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
