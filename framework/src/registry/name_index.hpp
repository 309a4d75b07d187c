// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "process/mailbox_word.hpp"
#include "registry/name_text.hpp"
#include "scheduler/name_readers.hpp"
#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <boost/container_hash/hash.hpp>
#include <coppice/names.hpp>
#include <memory>
#include <new>
#include <stdexcept>
#include <utility>
#include <vector>

namespace coppice::detail {

/// A name, and who bears it. Slots of processes point at it, and readers look at it without a lock;
/// its memory serves another name only when no reader can still look at this one, see
/// name_readers.hpp.
class alignas(32) name_entry {
public:
    explicit name_entry(std::string_view text) : text_{text} {}

    std::string_view text() const noexcept { return text_.view(); }
    /// Under the index's lock. A null pid: the name is free.
    pid holder() const noexcept {
        return pid_access::make(holder_.load(std::memory_order_relaxed));
    }

private:
    friend class name_index;

    // The binding's address, and in the bits that no address of a binding has how often it was set:
    // 16 above it and 3 below.
    static constexpr std::uint64_t address = mailbox_word::address_mask & ~std::uint64_t{7};
    static_assert(alignof(name_binding) == 8);

    static std::uint64_t next_binding(std::uint64_t before, const name_binding* b) noexcept {
        const std::uint64_t n = ((before >> mailbox_word::tag_shift) << 3 | (before & 7)) + 1;
        return (n >> 3) << mailbox_word::tag_shift | reinterpret_cast<std::uint64_t>(b) | (n & 7);
    }

    std::atomic<std::uint64_t> holder_{0};
    std::atomic<std::uint64_t> binding_{0};
    name_text text_;
};
static_assert(sizeof(name_entry) == 32);

/// Finds entries by name. Readers take no lock and wait for no thread; one writer at a time, under
/// a lock of its own.
///
/// Open addressing, at most three quarters full, so a reader that meets an empty place is done. A
/// place is four bytes, so that the places of many names stay in the cache: the entry's number, and
/// some of the hash, for which other entries are rarely looked at. Nothing is removed from a table.
/// One that is full is replaced: by a larger one, or, when many of its names are free, by one
/// without those. Then the old table and the free entries are kept until the readers of that moment
/// are done; afterwards the entries serve other names. So there are, besides the names in use, at
/// most about as many free ones, or `worth_a_sweep`.
///
/// Who bears a name and as what belong together: see `get`.
class name_index {
public:
    static constexpr std::size_t worth_a_sweep = 128; // free names

    name_index() : table_{std::make_unique<table>(fewest_places)} {
        current_.store(table_.get(), std::memory_order_release);
    }
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

    /// Null when the name is not in use, and was not for a while. Any thread, which is a
    /// name_reader as long as it looks at the entry.
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
    /// Who bears it, and as what. Any thread, as `find`.
    ///
    /// A writer sets the holder to a null pid, then the binding, which it counts, then the holder:
    /// each with release, so who sees one of them sees what was stored before. A reader that sees
    /// the same counted binding before and after the holder, each read with acquire, has the holder
    /// that was set with it, or a null pid: any other would have brought another binding along. It
    /// reads again only when a writer has come further meanwhile. (The count has 19 bits: the name
    /// would have to change hands a multiple of half a million times within one look-up.)
    located_name get(const name_entry& e) const noexcept {
        for (;;) {
            const std::uint64_t before = e.binding_.load(std::memory_order_acquire);
            const pid holder = pid_access::make(e.holder_.load(std::memory_order_acquire));
            if (!holder)
                return {};
            if (e.binding_.load(std::memory_order_relaxed) == before)
                return {holder,
                        reinterpret_cast<const name_binding*>(before & name_entry::address)};
        }
    }

    // One writer at a time.

    /// The entry that is there, or a new one, which is free.
    /// Errors: std::length_error when there are too many, std::bad_alloc; nothing is changed then.
    name_entry& intern(std::string_view name, std::size_t h) {
        if (name_entry* e = find(name, h))
            return *e;
        use_again();
        if ((table_->used + 1) * 4 > table_->places.size() * 3)
            replace_table();
        const std::uint32_t n = new_number();
        name_entry* e = &entry(n);
        if (n == count_) {
            std::construct_at(e, name);
            ++count_;
        } else {
            vacant_.pop_back();
            std::destroy_at(e);
            construct_or_leave_empty(e, name, n);
        }
        insert(*table_, n, h);
        ++free_;
        return *e;
    }
    /// A null pid: the name is free.
    void set(name_entry& e, pid holder, const name_binding* binding) noexcept {
        free_ += e.holder() ? 1 : 0;
        e.holder_.store(0, std::memory_order_release); // after what was read of the holder before
        if (!holder)
            return;
        --free_;
        e.binding_.store(
            name_entry::next_binding(e.binding_.load(std::memory_order_relaxed), binding),
            std::memory_order_release);
        e.holder_.store(pid_access::word(holder), std::memory_order_release);
    }
    /// All entries. Not while one writes.
    template <class F>
    void for_each(F f) const {
        for (std::uint32_t n = 0; n < count_; ++n)
            f(entry(n));
    }
    /// How many names it has memory for.
    std::size_t capacity() const noexcept { return count_; }

private:
    static constexpr int number_bits = 24;
    static constexpr std::uint32_t most_entries = (std::uint32_t{1} << number_bits) - 1;
    static constexpr std::size_t fewest_places = 16;

    struct table {
        explicit table(std::size_t n) : places(n) {}
        std::vector<std::atomic<std::uint32_t>>
            places; // tag(8) | number + 1(24), or 0; a power of two
        std::size_t used = 0;
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
        ++t.used;
    }

    /// An entry that may serve now, the last vacant one or the next new one.
    std::uint32_t new_number() {
        if (!vacant_.empty())
            return vacant_.back();
        if (count_ == most_entries)
            throw std::length_error{"coppice: too many names are in use"};
        const location l = where(count_);
        if (!chunks_[l.chunk])
            chunks_[l.chunk] = std::allocator<name_entry>{}.allocate(chunk_size(l.chunk));
        return count_;
    }
    void construct_or_leave_empty(name_entry* e, std::string_view name, std::uint32_t n) {
        try {
            std::construct_at(e, name);
        } catch (const std::bad_alloc&) {
            std::construct_at(e, std::string_view{});
            vacant_.push_back(n); // there is room: it stood there before
            throw;
        }
    }

    // --- tables and entries that are no longer used, until no reader looks at them ---

    struct given_up {
        std::vector<std::unique_ptr<table>> tables;
        std::vector<std::uint32_t> entries;
        bool empty() const noexcept { return tables.empty() && entries.empty(); }
    };

    void replace_table() {
        const bool sweep = free_ >= std::max(worth_a_sweep, table_->used / 2);
        const std::size_t kept = table_->used - (sweep ? free_ : 0);
        const std::size_t room = kept + std::max(worth_a_sweep, kept);
        std::size_t size = table_->places.size() * 2;
        if (sweep)
            size = std::bit_ceil(room * 4 / 3 + 1);
        auto next = std::make_unique<table>(size);
        waiting_.tables.reserve(waiting_.tables.size() + 1);
        waiting_.entries.reserve(waiting_.entries.size() + (sweep ? free_ : 0));
        for (const auto& place : table_->places) { // nothing can fail any more
            const std::uint32_t n = place.load(std::memory_order_relaxed) & most_entries;
            if (n == 0)
                continue;
            const name_entry& e = entry(n - 1);
            if (sweep && !e.holder())
                waiting_.entries.push_back(n - 1);
            else
                insert(*next, n - 1, hash(e.text()));
        }
        free_ -= sweep ? free_ : 0;
        current_.store(next.get(), std::memory_order_release);
        waiting_.tables.push_back(std::exchange(table_, std::move(next)));
        begin_grace();
    }

    void begin_grace() {
        if (!leaving_.empty())
            return; // one at a time
        grace_.begin();
        std::swap(leaving_, waiting_);
    }

    /// Looks now and then whether the readers are done.
    void use_again() {
        if (leaving_.empty() || ++asked_ % interns_between_looks != 0 || !grace_.is_over())
            return;
        vacant_.reserve(vacant_.size() + leaving_.entries.size());
        for (const std::uint32_t n : leaving_.entries) {
            std::destroy_at(&entry(n));
            std::construct_at(&entry(n), std::string_view{}); // a long text is freed
            vacant_.push_back(n);
        }
        leaving_ = {};
        if (!waiting_.empty())
            begin_grace();
    }
    static constexpr unsigned interns_between_looks = 16;

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
    std::uint32_t count_ = 0; // entries that there are
    std::array<name_entry*, most_chunks> chunks_{};
    std::unique_ptr<table> table_;      // the current one
    std::size_t free_ = 0;              // entries in it whose name is not registered
    std::vector<std::uint32_t> vacant_; // entries in no table: they may serve
    given_up waiting_;                  // for their grace period to begin
    given_up leaving_;                  // for it to be over
    grace_period grace_;                // of leaving_
    unsigned asked_ = 0;
};

} // namespace coppice::detail
