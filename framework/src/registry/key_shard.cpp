// SPDX-License-Identifier: BSL-1.0
#include "registry/key_shard.hpp"
#include "registry/key_owners.hpp"
#include <algorithm>
#include <boost/assert.hpp>

namespace coppice::detail {
namespace {

struct free_shards {
    std::mutex lock;
    std::vector<key_shard*> all;
};
free_shards& unused() {
    static auto* f = new free_shards; // tables may be destroyed at the very end of the program
    return *f;
}

/// Between a key and the entries in the tree.
struct in_order {
    const key_operations& keys;
    bool operator()(const void* key, const ordered_key_entry* e) const {
        return keys.less(key, keys.key_of(*e));
    }
    bool operator()(const ordered_key_entry* e, const void* key) const {
        return keys.less(keys.key_of(*e), key);
    }
};

} // namespace

key_shard* key_shard::acquire(const key_table& table,
                              const key_operations& keys,
                              key_observer* observer) {
    key_shard* s = nullptr;
    {
        free_shards& f = unused();
        const std::lock_guard hold{f.lock};
        f.all.reserve(f.all.size() + 1); // giving it back must not fail
        if (!f.all.empty()) {
            s = f.all.back();
            f.all.pop_back();
        }
    }
    if (!s)
        s = new key_shard;
    const std::lock_guard hold{s->lock}; // a late exit may be looking for its entry here
    s->table_ = &table;
    s->keys_ = &keys;
    s->observer_ = observer;
    if (keys.less)
        tree::init_header(&s->head_);
    return s;
}

void key_shard::give_back(key_shard* s) noexcept {
    {
        const std::lock_guard hold{s->lock};
        BOOST_ASSERT(s->size() == 0);
        s->buckets_.clear();
        s->observer_ = nullptr;
    }
    free_shards& f = unused();
    const std::lock_guard hold{f.lock};
    f.all.push_back(s);
}

// --- by key ---

key_entry* key_shard::find(hashed_key k) const {
    if (keys_->less) {
        ordered_key_entry* const n = tree::find(&head_, k.key, in_order{*keys_});
        return n == &head_ ? nullptr : n;
    }
    const auto hash = static_cast<std::uint32_t>(k.hash >> 32);
    key_entry** const bucket = buckets_.bucket_of(hash);
    for (key_entry* e = bucket ? *bucket : nullptr; e; e = e->chain_)
        if (has_key(*e, k))
            return e;
    return nullptr;
}

key_entry* key_shard::any(std::uint32_t& cursor) const noexcept {
    if (keys_->less) {
        ordered_key_entry* const n = tree::begin_node(&head_);
        return n == &head_ ? nullptr : n;
    }
    cursor = std::min(cursor, buckets_.size());
    for (; cursor > 0; --cursor)
        if (key_entry* const e = buckets_.first_in(cursor - 1))
            return e;
    return nullptr;
}

void key_shard::insert_first(hashed_key k, key_entry& e) {
    if (keys_->less) {
        tree::insert_commit_data where;
        tree::insert_unique_check(&head_, k.key, in_order{*keys_}, where);
        tree::insert_unique_commit(&head_, static_cast<ordered_key_entry*>(&e), where);
        return;
    }
    key_entry** const bucket = buckets_.first_bucket_of(e.hash_);
    e.chain_ = *bucket;
    *bucket = &e;
    if (++firsts_ > buckets_.size())
        buckets_.grow(&key_entry::chain_, &key_entry::hash_);
}

key_entry** key_shard::place_of(const key_entry& first) const noexcept {
    key_entry** place = buckets_.bucket_of(first.hash_);
    while (*place && *place != &first)
        place = &(*place)->chain_;
    return place;
}

bool key_shard::is_first(const key_entry& e) const noexcept {
    if (keys_->less)
        return static_cast<const ordered_key_entry&>(e).parent_ != nullptr;
    return e.newer_ == &e || *place_of(e) == &e;
}

void key_shard::erase_first(key_entry& e) noexcept {
    if (keys_->less) {
        auto* const n = static_cast<ordered_key_entry*>(&e);
        tree::erase(&head_, n);
        n->parent_ = nullptr;
        return;
    }
    *place_of(e) = std::exchange(e.chain_, nullptr);
    if (--firsts_ < buckets_.size() / 2)
        buckets_.shrink(&key_entry::chain_);
}

void key_shard::replace_first(key_entry& e, key_entry& next) noexcept {
    if (keys_->less) {
        auto* const n = static_cast<ordered_key_entry*>(&e);
        tree::replace_node(n, &head_, static_cast<ordered_key_entry*>(&next));
        n->parent_ = nullptr;
        return;
    }
    *place_of(e) = &next;
    next.chain_ = std::exchange(e.chain_, nullptr);
}

// --- the ring of a key ---

void key_shard::link(hashed_key k, key_entry& e, key_entry* first) {
    if (first) {
        e.older_ = first->older_;
        e.newer_ = first;
        e.older_->newer_ = &e;
        first->older_ = &e;
    } else {
        insert_first(k, e);
        e.older_ = e.newer_ = &e;
    }
    e.shard_ = this;
    size_.store(size() + 1, std::memory_order_relaxed);
}

void key_shard::unlink(key_entry& e) noexcept {
    if (is_first(e)) {
        if (e.newer_ == &e)
            erase_first(e);
        else
            replace_first(e, *e.newer_);
    }
    e.older_->newer_ = e.newer_;
    e.newer_->older_ = e.older_;
    e.older_ = e.newer_ = nullptr;
    e.shard_ = nullptr;
    size_.store(size() - 1, std::memory_order_relaxed);
}

// --- in the table and with its owner ---

bool key_shard::add(hashed_key k, const key_entry_ptr& e, key_entry* first) {
    struct undo {
        key_shard& shard;
        key_entry* e;
        ~undo() {
            if (e)
                shard.unlink(*e);
        }
    };
    link(k, *e, first);
    undo unless_owned{*this, e.get()};
    if (!key_owners::add(*e))
        return false;
    unless_owned.e = nullptr;
    // The table's share; the caller has one. Under the lock no other thread finds the entry.
    e->shares_.store(e->shares_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    return true;
}

key_entry_ptr key_shard::take_out(key_entry& e) noexcept {
    key_owners::remove(e); // first: an entry that its owner has lies in a shard
    return take_out_without_owner(e);
}

key_entry_ptr key_shard::replace(key_entry& e, const key_entry_ptr& new_entry) noexcept {
    key_entry& next = *new_entry;
    next.shard_ = this;
    key_owners::replace(e, next);
    if (is_first(e))
        replace_first(e, next);
    if (e.newer_ == &e)
        next.older_ = next.newer_ = &next;
    else {
        next.older_ = e.older_;
        next.newer_ = e.newer_;
        next.older_->newer_ = &next;
        next.newer_->older_ = &next;
    }
    e.older_ = e.newer_ = nullptr;
    e.shard_ = nullptr;
    next.shares_.fetch_add(1, std::memory_order_relaxed);
    return key_entry_ptr::adopt(&e);
}

} // namespace coppice::detail
