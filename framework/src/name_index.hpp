// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <algorithm>
#include <atomic>
#include <boost/container/deque.hpp>
#include <boost/container_hash/hash.hpp>
#include <coppice/names.hpp>
#include <memory>
#include <string>
#include <vector>

namespace coppice::detail {

/// A name, and who bears it. It lives for ever, like Erlang's atoms: slots of processes point at it,
/// and readers look at it without a lock.
///
/// Who bears it and as what belong together. The writer, under the shard's lock, makes the version odd
/// meanwhile; a reader that saw it odd, or another one afterwards, reads again.
class alignas(64) name_entry {
public:
    explicit name_entry(std::string_view text) : text_{text} {}

    const std::string& text() const noexcept { return text_; }

    located_name get() const noexcept {
        for (;;) {
            const std::uint32_t before = version_.load(std::memory_order_acquire);
            const located_name seen{pid{holder_.load(std::memory_order_relaxed)},
                                    {.key = key_.load(std::memory_order_relaxed),
                                     .makers = makers_.load(std::memory_order_relaxed)}};
            std::atomic_thread_fence(std::memory_order_acquire);
            if (before % 2 == 0 && version_.load(std::memory_order_relaxed) == before)
                return seen;
        }
    }
    /// Under the shard's lock. A null pid: the name is free.
    void set(pid holder, name_binding binding) noexcept {
        const std::uint32_t v = version_.load(std::memory_order_relaxed);
        version_.store(v + 1, std::memory_order_relaxed);
        std::atomic_thread_fence(std::memory_order_release);
        holder_.store(holder.word(), std::memory_order_relaxed);
        key_.store(binding.key, std::memory_order_relaxed);
        makers_.store(binding.makers, std::memory_order_relaxed);
        version_.store(v + 2, std::memory_order_release);
    }
    /// Under the shard's lock.
    pid holder() const noexcept { return pid{holder_.load(std::memory_order_relaxed)}; }

private:
    std::atomic<std::uint64_t> holder_{0};
    std::atomic<const void*> key_{nullptr};
    std::atomic<const void*> makers_{nullptr};
    std::atomic<std::uint32_t> version_{0};
    std::string text_; // never changes
};

/// Finds entries by name. Readers take no lock; one writer at a time.
///
/// Open addressing, at most half full, and nothing is ever removed, so a reader that meets an empty
/// place is done. A place holds the entry's address and, in the sixteen bits that an address does not
/// need, some of the hash: other entries are rarely looked at. A table that has become too small is
/// kept for those who still read it; all the old ones together are smaller than the new one.
class name_index {
public:
    name_index() { grow(); }
    name_index(const name_index&) = delete;
    name_index& operator=(const name_index&) = delete;

    static std::size_t hash(std::string_view name) noexcept {
        return boost::hash<std::string_view>{}(name);
    }

    /// Null when the name was never used. Any thread.
    name_entry* find(std::string_view name, std::size_t h) const noexcept {
        const table& t = *current_.load(std::memory_order_acquire);
        for (std::size_t i = h;; ++i) {
            const std::uint64_t place = t.at(i).load(std::memory_order_acquire);
            if (place == 0)
                return nullptr;
            if ((place ^ h) >> address_bits == 0 && entry_in(place)->text() == name)
                return entry_in(place);
        }
    }
    /// One writer at a time.
    name_entry& intern(std::string_view name, std::size_t h) {
        if (name_entry* e = find(name, h))
            return *e;
        if ((entries_.size() + 1) * 2 > tables_.back()->places.size())
            grow();
        entries_.emplace_back(name);
        insert(*tables_.back(), entries_.back(), h);
        return entries_.back();
    }
    /// One writer at a time, and not while one writes.
    template <class F>
    void for_each(F f) const {
        for (const auto& e : entries_)
            f(e);
    }

private:
    static constexpr int address_bits = 48;

    struct table {
        explicit table(std::size_t n) : places(n) {}
        std::vector<std::atomic<std::uint64_t>> places; // a power of two
        std::atomic<std::uint64_t>& at(std::size_t i) { return places[i & (places.size() - 1)]; }
        const std::atomic<std::uint64_t>& at(std::size_t i) const {
            return places[i & (places.size() - 1)];
        }
    };

    static name_entry* entry_in(std::uint64_t place) noexcept {
        return reinterpret_cast<name_entry*>(place & ((std::uint64_t{1} << address_bits) - 1));
    }
    static void insert(table& t, name_entry& e, std::size_t h) noexcept {
        std::size_t i = h;
        while (t.at(i).load(std::memory_order_relaxed) != 0)
            ++i;
        // Release: who finds the place finds the entry's text.
        t.at(i).store(reinterpret_cast<std::uint64_t>(&e) | (h >> address_bits << address_bits),
                      std::memory_order_release);
    }
    void grow() {
        auto next =
            std::make_unique<table>(tables_.empty() ? 16 : tables_.back()->places.size() * 2);
        for (auto& e : entries_)
            insert(*next, e, hash(e.text()));
        current_.store(next.get(), std::memory_order_release);
        tables_.push_back(std::move(next));
    }

    std::atomic<const table*> current_{nullptr};
    using blocks = boost::container::deque_options<boost::container::block_bytes<4096>>::type;
    boost::container::deque<name_entry, std::allocator<name_entry>, blocks>
        entries_;                                // they never move
    std::vector<std::unique_ptr<table>> tables_; // the last one is in use
};

} // namespace coppice::detail
