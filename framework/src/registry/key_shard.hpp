// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "registry/biased_lock.hpp"
#include <array>
#include <bit>
#include <boost/intrusive/rbtree_algorithms.hpp>
#include <coppice/detail/key_table.hpp>

namespace coppice::detail {

/// The first entries of keys, by hash. A hash table that grows and shrinks by one bucket at a time
/// (linear hashing, Litwin 1980): no change takes longer than another, and memory comes back.
///
/// Context: under the shard's lock.
class key_buckets {
public:
    key_buckets() = default;
    key_buckets(const key_buckets&) = delete;
    key_buckets& operator=(const key_buckets&) = delete;
    ~key_buckets() {
        for (key_entry** c : chunks_)
            delete[] c;
    }

    /// The pointer to the first entry of a bucket; null while there is no bucket.
    key_entry** bucket_of(std::uint32_t hash) const noexcept {
        return count_ ? &at(index_of(hash)) : nullptr;
    }
    /// Errors: std::bad_alloc, if there is no bucket at all.
    key_entry** first_bucket_of(std::uint32_t hash) {
        if (count_ == 0) {
            chunks_[0] = new key_entry* [first_chunk] {};
            count_ = first_chunk;
        }
        return bucket_of(hash);
    }
    std::uint32_t size() const noexcept { return count_; }
    key_entry* first_in(std::uint32_t bucket) const noexcept { return at(bucket); }

    /// One bucket more: `next` and `hash` are the members that lead through a chain.
    template <class Next, class Hash>
    void grow(Next next, Hash hash) noexcept {
        const location l = where(count_);
        if (!chunks_[l.chunk])
            chunks_[l.chunk] = new (std::nothrow) key_entry* [chunk_size(l.chunk)] {};
        if (!chunks_[l.chunk])
            return; // the chains become longer
        key_entry** from = &at(count_ - std::bit_floor(count_));
        key_entry** to = &at(count_);
        *to = nullptr;
        const std::uint32_t mine = count_++;
        while (key_entry* e = *from)
            if (index_of(e->*hash) == mine) {
                *from = e->*next;
                e->*next = *to;
                *to = e;
            } else
                from = &(e->*next);
    }
    /// One bucket less.
    template <class Next>
    void shrink(Next next) noexcept {
        if (count_ <= first_chunk)
            return;
        const std::uint32_t last = count_ - 1;
        key_entry* const moved = std::exchange(at(last), nullptr);
        key_entry** to = &at(last - std::bit_floor(last));
        while (*to)
            to = &((*to)->*next);
        *to = moved;
        --count_;
        // A chunk goes when the one below it is half empty, too: a size that wavers frees nothing.
        const location l = where(count_);
        if (l.index == chunk_size(l.chunk) / 2 && l.chunk + 1 < chunks_.size())
            delete[] std::exchange(chunks_[l.chunk + 1], nullptr);
    }
    void clear() noexcept {
        for (key_entry**& c : chunks_)
            delete[] std::exchange(c, nullptr);
        count_ = 0;
    }

private:
    // Buckets lie in chunks of 8, 16, 32, ...: a table that grows moves no bucket.
    static constexpr std::uint32_t first_chunk = 8;
    static constexpr std::size_t most_chunks = 28;
    static constexpr std::uint32_t chunk_size(std::size_t c) noexcept { return first_chunk << c; }
    struct location {
        std::size_t chunk;
        std::uint32_t index;
    };
    static constexpr location where(std::uint32_t bucket) noexcept {
        const auto c = static_cast<std::size_t>(std::bit_width(bucket / first_chunk + 1)) - 1;
        return {c, bucket + first_chunk - chunk_size(c)};
    }
    key_entry*& at(std::uint32_t bucket) const noexcept {
        const location l = where(bucket);
        return chunks_[l.chunk][l.index];
    }
    std::uint32_t index_of(std::uint32_t hash) const noexcept {
        const std::uint32_t whole = std::bit_floor(count_); // so many buckets in the last round
        const std::uint32_t i = hash & (2 * whole - 1);
        return i < count_ ? i : i - whole;
    }

    std::uint32_t count_ = 0;
    std::array<key_entry**, most_chunks> chunks_{};
};

/// How Boost.Intrusive finds its way through ordered entries.
struct key_tree_traits {
    using node = ordered_key_entry;
    using node_ptr = ordered_key_entry*;
    using const_node_ptr = const ordered_key_entry*;
    using color = int;
    static node_ptr of(key_entry* e) noexcept { return static_cast<node_ptr>(e); }
    static node_ptr get_parent(const_node_ptr n) noexcept { return of(n->parent_); }
    static void set_parent(node_ptr n, node_ptr p) noexcept { n->parent_ = p; }
    static node_ptr get_left(const_node_ptr n) noexcept { return of(n->left_); }
    static void set_left(node_ptr n, node_ptr p) noexcept { n->left_ = p; }
    static node_ptr get_right(const_node_ptr n) noexcept { return of(n->right_); }
    static void set_right(node_ptr n, node_ptr p) noexcept { n->right_ = p; }
    static color get_color(const_node_ptr n) noexcept { return n->colour_; }
    static void set_color(node_ptr n, color c) noexcept { n->colour_ = c; }
    static color black() noexcept { return 1; }
    static color red() noexcept { return 0; }
};

/// The head of such a tree.
class key_tree_head final : public ordered_key_entry {
public:
    key_tree_head() noexcept : ordered_key_entry{0, {}, nullptr} {}

private:
    void destroy() noexcept override {}
};

/// A part of a table, under one lock. In the table of keys stands the oldest entry of each key; the
/// others of the key hang on it, in a ring.
///
/// The memory of shards is never freed: it serves another table. So a process that exits may lock
/// the shard that it has read of its entry, and then look whether the entry is still there.
class alignas(64) key_shard {
public:
    static key_shard* acquire(const key_table& table,
                              const key_operations& keys,
                              key_observer* observer);
    static void give_back(key_shard* s) noexcept;

    mutable biased_lock lock;

    // All below: under the lock, which readers hold to read.

    key_entry* find(hashed_key k) const;
    bool has_key(const key_entry& e, hashed_key k) const {
        return e.hash_ == static_cast<std::uint32_t>(k.hash >> 32) &&
               keys_->equal(keys_->key_of(e), k.key);
    }
    /// Puts `e` behind the others of its key, or as the first. False: its process is dead.
    bool add(hashed_key k, const key_entry_ptr& e, key_entry* first);
    /// Returns the table's share.
    key_entry_ptr take_out(key_entry& e) noexcept;
    /// The same, of an entry that its owner has no more.
    key_entry_ptr take_out_without_owner(key_entry& e) noexcept {
        unlink(e);
        return key_entry_ptr::adopt(&e);
    }
    key_entry_ptr replace(key_entry& e, const key_entry_ptr& next) noexcept;
    /// Some entry; null if there is none. No entry lies in a bucket behind `cursor`, which begins
    /// with the largest number.
    key_entry* any(std::uint32_t& cursor) const noexcept;

    /// The oldest entries of all keys.
    template <class F>
    void for_each_key(F f) const {
        if (keys_->less)
            return for_each_in_tree(f);
        for (std::uint32_t i = 0; i < buckets_.size(); ++i)
            for (key_entry* e = buckets_.first_in(i); e; e = e->chain_)
                f(*e);
    }
    template <class F>
    static void for_each_of_key(key_entry* first, F f) {
        if (key_entry* e = first)
            do {
                f(*e);
                e = e->newer_;
            } while (e != first);
    }
    void append_processes(hashed_key k, std::vector<keyed_process>& to) const {
        for_each_of_key(find(k), [&](key_entry& e) { to.push_back({e.process, e.makers}); });
    }
    template <class F>
    void for_each(F f) const {
        for_each_key([&](key_entry& first) { for_each_of_key(&first, f); });
    }

    std::size_t size() const noexcept { return size_.load(std::memory_order_relaxed); }
    key_observer* observer() const noexcept { return observer_; }
    /// Of an entry that lies in a shard.
    static const key_table* table_of(const key_entry& e) noexcept { return e.shard_->table_; }

private:
    using tree = boost::intrusive::rbtree_algorithms<key_tree_traits>;

    void link(hashed_key k, key_entry& e, key_entry* first);
    void unlink(key_entry& e) noexcept;
    bool is_first(const key_entry& e) const noexcept;
    key_entry** place_of(const key_entry& first) const noexcept;
    void insert_first(hashed_key k, key_entry& e);
    void erase_first(key_entry& e) noexcept;
    void replace_first(key_entry& e, key_entry& next) noexcept;
    template <class F>
    void for_each_in_tree(F& f) const {
        ordered_key_entry* const head = &head_;
        for (ordered_key_entry* n = tree::begin_node(head); n != head; n = tree::next_node(n))
            f(static_cast<key_entry&>(*n));
    }

    const key_table* table_ = nullptr;
    const key_operations* keys_ = nullptr;
    key_observer* observer_ = nullptr;
    std::atomic<std::size_t> size_{0}; // entries; written under the lock
    std::uint32_t firsts_ = 0;         // keys
    key_buckets buckets_;
    mutable key_tree_head head_;
};

} // namespace coppice::detail
