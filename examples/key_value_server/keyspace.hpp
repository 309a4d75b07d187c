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

/// A change as the log records it: the new value of a key, or its removal.
struct change {
    enum class kind : std::uint8_t {
        set,
        remove,
        clear,
        together,  ///< `value` holds several changes: all or none of them
        prepared,  ///< the same, of the transaction `key`, whose outcome is not known yet
        committed, ///< the changes prepared for the transaction `key` are valid
    };
    kind what;
    std::string key;
    std::string value;
    milliseconds expires = 0; // 0: never
};

/// Several changes as the value of one, and back. Of two changes of a key the last one is kept.
std::string pack(const std::vector<change>& changes);
std::vector<change> unpack(std::string_view packed);

/// Keys, values and expiry times of one partition. A plain value: time is an argument, and every
/// change is noted for the log.
class keyspace {
public:
    /// The counts of INFO, since the partition was read from its log.
    struct counts {
        std::uint64_t hits = 0, misses = 0, expired = 0;
        std::uint64_t keys = 0, expiring = 0;
    };
    struct entry {
        std::string value;
        milliseconds expires = 0;
    };

    /// The entry; null if there is none. An expired entry is removed.
    const entry* find(const std::string& key, milliseconds now);
    /// The same for a command that reads, which is counted.
    const entry* read(const std::string& key, milliseconds now);
    void set(const std::string& key, std::string value, milliseconds expires);
    bool remove(const std::string& key, milliseconds now);
    void clear();
    /// Removes expired keys, at most `limit`. Returns their number.
    std::size_t expire(milliseconds now, std::size_t limit);

    std::size_t size(milliseconds now);
    /// The keys that fit a pattern with `*`, `?` and `[...]`.
    std::vector<std::string> keys(std::string_view pattern, milliseconds now);

    /// About `count` keys, from a bucket of the table on; expired ones are left out. How the table
    /// is divided into buckets changes with its `generation`: then begin again at bucket 0.
    struct scanned {
        std::vector<std::string> keys;
        std::size_t next = 0; ///< the next bucket; 0: that was all
    };
    scanned scan(std::size_t bucket, std::size_t count, milliseconds now) const;
    std::size_t generation() const { return entries_.bucket_count(); }

    // --- WATCH ---

    /// From now on the changes of `key` are counted, for one more client. Returns its version.
    std::uint64_t watch(const std::string& key, milliseconds now);
    void unwatch(const std::string& key);
    /// The version of a watched key; 0 for one that is not watched.
    std::uint64_t version(const std::string& key, milliseconds now);

    // --- transactions ---

    /// From now on, until `keep` or `roll_back`, overwritten values are kept.
    void begin();
    void keep() { undo_.reset(); }
    /// Restores the state at `begin`, and forgets the changes since.
    void roll_back();

    /// The changes since the last call.
    std::vector<change> take_changes() { return std::exchange(changes_, {}); }
    /// Applies a change of the log, without noting it.
    void replay(change c);
    /// The transaction that was prepared at the end of the log, without a decision.
    const std::optional<change>& undecided() const { return undecided_; }
    void forget_undecided() { undecided_.reset(); }
    counts count() const;
    void reset_counts() { counts_ = {}; }
    const std::unordered_map<std::string, entry>& all() const { return entries_; }

private:
    void put(const std::string& key, std::string value, milliseconds expires);
    void erase(const std::string& key);
    void forget(const std::string& key);
    void erase_all();
    void touched(const std::string& key);

    struct contents {
        std::unordered_map<std::string, entry> entries;
        std::set<std::pair<milliseconds, std::string>> due;
    };
    /// How one change is undone: the old entry of a key, or the contents before a `clear`.
    struct undo_step {
        std::string key;
        std::optional<entry> old;
        std::optional<contents> all = {};
    };
    struct watchers {
        std::uint64_t version = 0;
        std::size_t clients = 0;
    };

    std::unordered_map<std::string, entry> entries_;
    std::set<std::pair<milliseconds, std::string>> due_; // exactly the keys that expire
    std::vector<change> changes_;
    std::unordered_map<std::string, watchers> watched_;
    std::uint64_t last_version_ = 0;
    std::optional<std::vector<undo_step>> undo_; // engaged from `begin` on
    std::optional<change> undecided_;
    counts counts_;
};

/// Whether `text` matches the pattern, as in Redis's KEYS. The time is at most the product of the
/// two lengths.
bool matches(std::string_view pattern, std::string_view text);

} // namespace key_value
