// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace key_value {

/// Units: milliseconds since 1970, UTC.
using milliseconds = std::int64_t;

/// What a change means for the log: the new value of a key, or that it is gone.
struct change {
    enum class kind : std::uint8_t { set, remove, clear };
    kind what;
    std::string key;
    std::string value;
    milliseconds expires = 0; // 0: never
};

/// Keys, values and expiry times of one partition. A plain value: time is an argument, and every
/// change is noted for the log.
class keyspace {
public:
    struct entry {
        std::string value;
        milliseconds expires = 0;
    };

    /// The living entry; null when there is none. An expired one is removed.
    const entry* find(const std::string& key, milliseconds now);
    void set(const std::string& key, std::string value, milliseconds expires);
    bool remove(const std::string& key, milliseconds now);
    void clear();
    /// Removes what has expired, at most `limit` keys. How many went.
    std::size_t expire(milliseconds now, std::size_t limit);

    std::size_t size(milliseconds now);
    /// The keys that fit a pattern with `*`, `?` and `[...]`.
    std::vector<std::string> keys(std::string_view pattern, milliseconds now);

    /// The changes since the last call.
    std::vector<change> take_changes() { return std::exchange(changes_, {}); }
    /// Does again what the log says; notes nothing.
    void replay(change c);
    const std::unordered_map<std::string, entry>& all() const { return entries_; }

private:
    void put(const std::string& key, std::string value, milliseconds expires);
    void erase(const std::string& key);
    void forget(const std::string& key);

    std::unordered_map<std::string, entry> entries_;
    std::set<std::pair<milliseconds, std::string>> due_; // exactly the keys that expire
    std::vector<change> changes_;
};

/// Does `text` fit the pattern, as in Redis's KEYS? No pattern makes it take long: the time is at
/// most the product of the two lengths.
bool matches(std::string_view pattern, std::string_view text);

} // namespace key_value
