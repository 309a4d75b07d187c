// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/pid.hpp>
#include <memory>
#include <span>
#include <vector>

// The table beneath `registry`, `duplicate_registry` and `pg`: processes by key, in shards. It
// knows keys and values only as entries, so it is compiled once.
namespace coppice::detail {

class key_shard;
class key_table;

/// One entry: a process under a key. What is derived from it holds the key and never changes once
/// it is in a table, so that readers may copy from it without a lock.
class key_entry {
public:
    key_entry(std::size_t hash, pid p, const void* m) noexcept
        : process{p}, makers{m}, hash_{static_cast<std::uint32_t>(hash >> 32)} {}
    key_entry(const key_entry&) = delete;
    key_entry& operator=(const key_entry&) = delete;

protected:
    virtual ~key_entry() = default; // destroy calls it; GCC wants it virtual beside friends

private:
    friend class key_entry_ptr;
    friend class key_shard;
    friend class key_table;
    friend class key_owners;
    friend struct key_tree_traits;

    virtual void destroy() noexcept = 0;

    // Last stands what a lookup reads: the key follows, mostly in the same line of the cache.
    key_entry* older_ = nullptr; // the entries of a key: a ring, oldest first
    key_entry* newer_ = nullptr;
    key_entry* before_ = nullptr; // the entries of a process: a ring, oldest first
    key_entry* after_ = nullptr;
    key_shard* shard_ = nullptr; // null: in no table

public:
    const pid process;
    const void* const makers; // of a protocol's messages; lives as long as the program

private:
    key_entry* chain_ = nullptr; // the next in its bucket, if it is the first of its key
    std::atomic<std::uint32_t> shares_{0};
    const std::uint32_t hash_;
};

/// The same for keys that have an order and no hash: the place in a tree.
class ordered_key_entry : public key_entry {
public:
    using key_entry::key_entry;

protected:
    ~ordered_key_entry() override = default;

private:
    friend class key_shard;
    friend struct key_tree_traits;
    key_entry* parent_ = nullptr;
    key_entry* left_ = nullptr;
    key_entry* right_ = nullptr;
    int colour_ = 0;
};

/// A share of an entry. Context: a value; the entry may be shared between threads.
class key_entry_ptr {
public:
    key_entry_ptr() = default;
    explicit key_entry_ptr(key_entry* e) noexcept : entry_{e} {
        if (e)
            e->shares_.fetch_add(1, std::memory_order_relaxed); // we hold a lock or a share
    }
    /// Takes a share over.
    static key_entry_ptr adopt(key_entry* e) noexcept {
        key_entry_ptr p;
        p.entry_ = e;
        return p;
    }
    key_entry_ptr(const key_entry_ptr& o) noexcept : key_entry_ptr{o.entry_} {}
    key_entry_ptr(key_entry_ptr&& o) noexcept : entry_{std::exchange(o.entry_, nullptr)} {}
    key_entry_ptr& operator=(key_entry_ptr o) noexcept {
        std::swap(entry_, o.entry_);
        return *this;
    }
    ~key_entry_ptr() {
        // Release: what we read is read. Acquire, by the last one: all others have read. A share
        // that is the only one stays so: a new one is made from a share.
        if (entry_ && (entry_->shares_.load(std::memory_order_acquire) == 1 ||
                       entry_->shares_.fetch_sub(1, std::memory_order_acq_rel) == 1))
            entry_->destroy();
    }
    key_entry* get() const noexcept { return entry_; }
    key_entry& operator*() const noexcept { return *entry_; }
    key_entry* operator->() const noexcept { return entry_; }
    explicit operator bool() const noexcept { return entry_ != nullptr; }

private:
    key_entry* entry_ = nullptr;
};

/// What a table must know of its keys. Called under a shard's lock.
struct key_operations {
    const void* (*key_of)(const key_entry&) noexcept;
    bool (*equal)(const void* a, const void* b); // of keys with the same hash
    bool (*less)(const void* a, const void* b);  // null: keys are found by their hash
};

/// A key and its hash, of which the upper half counts; 0 for keys that have none.
struct hashed_key {
    const void* key;
    std::size_t hash;
};

/// Is told of entries that went because their process exited: one by one, under the lock of the
/// key's shard.
///
/// Context: the process that exits. Must not suspend and must not use the table.
struct key_observer {
    virtual void exited(const key_entry& e) noexcept = 0;

protected:
    ~key_observer() = default;
};

/// A function that is called at once, under a lock.
class locked_step {
public:
    template <class F>
    explicit locked_step(F& f) : call_{[](void* c) { (*static_cast<F*>(c))(); }}, context_{&f} {}
    void operator()() const { call_(context_); }

private:
    void (*call_)(void*);
    void* context_;
};

/// Where a key leads: a process, and the makers of its envelopes.
struct keyed_process {
    pid process;
    const void* makers = nullptr;
};

/// Processes by key. An entry goes when its process exits, before any link or monitor is told.
///
/// Errors: std::bad_alloc, and what comparing keys throws; nothing is changed then.
/// Context: any thread; never suspends. key_table.cpp says why threads do not disturb each other.
class key_table {
public:
    enum class kind : bool { unique, duplicate };
    enum class outcome : std::uint8_t { added, taken, dead };

    /// `keys` lives as long as the program. `partitions`: how many shards; 0: some for each
    /// processor.
    key_table(const key_operations& keys,
              kind k,
              std::size_t partitions,
              key_observer* observer = nullptr);
    key_table(const key_table&) = delete;
    key_table& operator=(const key_table&) = delete;
    /// Takes all entries out; the observer is not told.
    ~key_table();

    std::size_t partitions() const noexcept { return shards_.size(); }

    // --- reading ---

    /// The oldest entry's process; a null pid when there is none.
    keyed_process find(hashed_key k) const;
    /// The oldest entry; null when there is none.
    key_entry_ptr first_of(hashed_key k) const;
    /// All entries of a key, oldest first.
    std::vector<key_entry_ptr> all_of(hashed_key k) const;
    /// The processes of all entries of a key, oldest first; `then` is called under the same lock.
    std::vector<keyed_process> processes_of(hashed_key k) const;
    std::vector<keyed_process> processes_of(hashed_key k, locked_step then) const;
    std::size_t count(hashed_key k) const;
    /// All entries, shard after shard; those of a key one after another.
    std::vector<key_entry_ptr> all() const;
    /// The same at one moment; `then` is called under all locks.
    std::vector<key_entry_ptr> all(locked_step then) const;
    /// The oldest entry of each key, shard after shard.
    std::vector<key_entry_ptr> keys() const;
    /// How many entries; a moment old.
    std::size_t size() const noexcept;
    /// The entries of a process in this table, oldest first.
    std::vector<key_entry_ptr> entries_of(pid process) const;

    // --- changing ---

    /// `holder`: who has the key, when it is taken.
    outcome add(hashed_key k, const key_entry_ptr& e, pid* holder = nullptr);
    /// Several of one key, at one moment, and `then` under the same lock. Those whose process is
    /// dead are not added: as if they exited afterwards.
    void add_all(hashed_key k, std::span<const key_entry_ptr> entries, locked_step then);
    /// False: it was in no table.
    bool remove(const key_entry_ptr& e);
    /// All entries of one process under a key. Returns how many.
    std::size_t remove_all(hashed_key k, pid process);
    /// For each of the processes its oldest entry under the key, at one moment. Returns how many;
    /// `then` is called under the same lock if that is any.
    std::size_t remove_each(hashed_key k, std::span<const pid> processes, locked_step then);
    /// Puts `next`, of the same key and process, where `e` stands. False: `e` stands nowhere.
    bool replace(const key_entry_ptr& e, const key_entry_ptr& next);

private:
    friend class key_owners;
    key_shard& shard_of(std::uint32_t hash) const noexcept;

    const key_operations& keys_;
    const kind kind_;
    std::vector<key_shard*> shards_;
};

/// A number that no other monitor has.
monitor_ref new_monitor_ref() noexcept;

/// Delivers a notice: it is not counted by the bound of a mailbox, so it neither waits nor is
/// dropped while the receiver lives. Its operations have `is_internal`.
/// Context: any thread, also under a lock.
void post_notice(pid to, envelope* n);

} // namespace coppice::detail
