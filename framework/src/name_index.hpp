// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "name_text.hpp"
#include <array>
#include <atomic>
#include <bit>
#include <boost/container_hash/hash.hpp>
#include <coppice/names.hpp>
#include <memory>
#include <stdexcept>
#include <vector>

namespace coppice::detail {

/// A name, and who bears it. It lives for ever, like Erlang's atoms: slots of processes point at it,
/// and readers look at it without a lock.
class alignas(32) name_entry {
public:
    explicit name_entry(std::string_view text) : text_{text} {}

    std::string_view text() const noexcept { return text_.view(); }
    /// Under the index's lock. A null pid: the name is free.
    pid holder() const noexcept { return pid{holder_.load(std::memory_order_relaxed)}; }

private:
    friend class name_index;
    std::atomic<std::uint64_t> holder_{0};
    std::atomic<const name_binding*> binding_{nullptr};
    name_text text_;
};
static_assert(sizeof(name_entry) == 32);

/// Finds entries by name. Readers take no lock; one writer at a time, under a lock of its own.
///
/// Open addressing, at most three quarters full, and nothing is ever removed, so a reader that meets an
/// empty place is done. A place is four bytes, so that the places of many names stay in the cache: the
/// entry's number, and some of the hash, for which other entries are rarely looked at. A table that has
/// become too small is kept for those who still read it; all the old ones together are smaller than the
/// new one.
///
/// Who bears a name and as what belong together. The writer makes the version odd while it changes them;
/// a reader that saw it odd, or another one afterwards, reads again.
class name_index {
public:
    name_index() { grow(); }
    ~name_index() {
        for (std::uint32_t n = 0; n < count_; ++n)
            std::destroy_at(&entry(n));
        for (std::size_t c = 0; c < chunks_.size() && chunks_[c]; ++c)
            std::allocator<name_entry>{}.deallocate(chunks_[c], chunk_size(c));
    }
    name_index(const name_index&) = delete;
    name_index& operator=(const name_index&) = delete;

    static std::size_t hash(std::string_view name) noexcept {
        return boost::hash<std::string_view>{}(name);
    }

    /// Null when the name was never used. Any thread.
    name_entry* find(std::string_view name, std::size_t h) const noexcept {
        const table& t = *current_.load(std::memory_order_acquire);
        for (std::size_t i = h;; ++i) {
            const std::uint32_t place = t.at(i).load(std::memory_order_acquire);
            if (place == 0)
                return nullptr;
            if ((place ^ tag(h)) >> number_bits != 0)
                continue;
            name_entry& e = entry((place & most_entries) - 1);
            if (e.text() == name)
                return &e;
        }
    }
    /// Who bears it, and as what. Any thread.
    located_name get(const name_entry& e) const noexcept {
        for (;;) {
            const std::uint64_t before = version_.load(std::memory_order_acquire);
            const located_name seen{pid{e.holder_.load(std::memory_order_relaxed)},
                                    e.binding_.load(std::memory_order_relaxed)};
            std::atomic_thread_fence(std::memory_order_acquire);
            if (before % 2 == 0 && version_.load(std::memory_order_relaxed) == before)
                return seen;
        }
    }

    // One writer at a time.

    /// The entry that is there, or a new one. Errors: std::length_error when there are too many.
    name_entry& intern(std::string_view name, std::size_t h) {
        if (name_entry* e = find(name, h))
            return *e;
        if (count_ == most_entries)
            throw std::length_error{"coppice: too many names were ever used"};
        if ((std::size_t{count_} + 1) * 4 > tables_.back()->places.size() * 3)
            grow();
        const auto [c, i] = where(count_);
        if (!chunks_[c])
            chunks_[c] = std::allocator<name_entry>{}.allocate(chunk_size(c));
        name_entry* e = std::construct_at(chunks_[c] + i, name);
        insert(*tables_.back(), count_++, h);
        return *e;
    }
    /// A null pid: the name is free.
    void set(name_entry& e, pid holder, const name_binding* binding) noexcept {
        const std::uint64_t v = version_.load(std::memory_order_relaxed);
        version_.store(v + 1, std::memory_order_relaxed);
        std::atomic_thread_fence(std::memory_order_release);
        e.holder_.store(holder.word(), std::memory_order_relaxed);
        e.binding_.store(binding, std::memory_order_relaxed);
        version_.store(v + 2, std::memory_order_release);
    }
    /// Not while one writes.
    template <class F>
    void for_each(F f) const {
        for (std::uint32_t n = 0; n < count_; ++n)
            f(entry(n));
    }

private:
    static constexpr int number_bits = 24;
    static constexpr std::uint32_t most_entries = (std::uint32_t{1} << number_bits) - 1;

    struct table {
        explicit table(std::size_t n) : places(n) {}
        std::vector<std::atomic<std::uint32_t>>
            places; // tag(8) | number + 1(24), or 0; a power of two
        std::atomic<std::uint32_t>& at(std::size_t i) { return places[i & (places.size() - 1)]; }
        const std::atomic<std::uint32_t>& at(std::size_t i) const {
            return places[i & (places.size() - 1)];
        }
    };

    /// Bits of the hash that neither tell the place nor the shard.
    static std::uint32_t tag(std::size_t h) noexcept {
        return static_cast<std::uint32_t>(h >> 56) << number_bits;
    }
    static void insert(table& t, std::uint32_t number, std::size_t h) noexcept {
        std::size_t i = h;
        while (t.at(i).load(std::memory_order_relaxed) != 0)
            ++i;
        // Release: who finds the place finds the entry's chunk and text.
        t.at(i).store(tag(h) | (number + 1), std::memory_order_release);
    }
    void grow() {
        auto next =
            std::make_unique<table>(tables_.empty() ? 16 : tables_.back()->places.size() * 2);
        for (std::uint32_t n = 0; n < count_; ++n)
            insert(*next, n, hash(entry(n).text()));
        current_.store(next.get(), std::memory_order_release);
        tables_.push_back(std::move(next));
    }

    // Entries never move: they lie in chunks of 8, 16, 32, ...

    static constexpr std::uint32_t first_chunk = 8;
    static constexpr std::size_t most_chunks = number_bits - 2;
    static constexpr std::size_t chunk_size(std::size_t c) noexcept {
        return std::size_t{first_chunk} << c;
    }
    struct location {
        std::size_t chunk, index;
    };
    static constexpr location where(std::uint32_t number) noexcept {
        const auto c =
            static_cast<std::size_t>(std::bit_width((number + first_chunk) / first_chunk)) - 1;
        return {c, number + first_chunk - chunk_size(c)};
    }
    name_entry& entry(std::uint32_t number) const noexcept {
        const location l = where(number);
        return chunks_[l.chunk][l.index];
    }

    std::atomic<const table*> current_{nullptr};
    std::atomic<std::uint64_t> version_{0};
    std::uint32_t count_ = 0;
    std::array<name_entry*, most_chunks> chunks_{};
    std::vector<std::unique_ptr<table>> tables_; // the last one is in use
};

} // namespace coppice::detail
