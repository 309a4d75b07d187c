// SPDX-License-Identifier: BSL-1.0
#include "process/process_table.hpp"
#include <boost/container/static_vector.hpp>
#include <coppice/pid.hpp>
#include <initializer_list>
#include <mutex>
#include <utility>

namespace coppice::detail {

constinit std::atomic<std::uint64_t> first_slot{0};

namespace process_table {
namespace {

constexpr std::size_t reserve_bytes = std::size_t{32} << 30;
constexpr unsigned chain_length = 32;
constexpr std::size_t chains_kept = 32; // between the threads; more of them go back to their slabs

struct life {
    static constexpr std::uint64_t last_generation =
        mailbox_word::last_tag >> mailbox_word::tag_shift;

    static process*& next(process& p) noexcept { return p.next; }
    static std::uint64_t generation(const process& p) noexcept {
        return p.inbox.word(std::memory_order_relaxed) >> mailbox_word::tag_shift;
    }
    static void renew(process& p, std::uint64_t generation) noexcept {
        p.inbox.renew(generation << mailbox_word::tag_shift);
    }
};

/// Free slots, hand over hand.
struct chain {
    process* first = nullptr;
    unsigned length = 0;

    void push(process* p) noexcept {
        p->next = std::exchange(first, p);
        ++length;
    }
    process* pop() noexcept {
        process* p = first;
        first = std::exchange(p->next, nullptr);
        // As in magazine::pop: all three lines of the slot are written next.
        __builtin_prefetch(first, 1);
        __builtin_prefetch(reinterpret_cast<const char*>(first) + 64, 1);
        __builtin_prefetch(reinterpret_cast<const char*>(first) + 128, 1);
        --length;
        return p;
    }
};

struct range {
    std::mutex lock;
    type_stable_pool<process, life> slabs{reserve_bytes};
    boost::container::static_vector<chain, chains_kept> chains; // of full length

    /// At least one.
    chain take() {
        const std::lock_guard hold{lock};
        chain c;
        if (first_slot.load(std::memory_order_relaxed) == 0)
            first_slot.store(slabs.origin(), std::memory_order_relaxed);
        if (!chains.empty()) {
            c = chains.back();
            chains.pop_back();
        }
        try {
            while (c.length < chain_length)
                c.push(slabs.take());
        } catch (const std::bad_alloc&) {
            if (!c.first)
                throw;
        }
        return c;
    }
    void keep(chain c) noexcept {
        const std::lock_guard hold{lock};
        if (chains.size() < chains_kept)
            chains.push_back(c);
        else
            give(c);
    }
    void give_all(std::initializer_list<chain> more) noexcept {
        const std::lock_guard hold{lock};
        for (const chain& c : more)
            give(c);
        for (const chain& c : chains)
            give(c);
        chains.clear();
    }
    void give(chain c) noexcept {
        while (c.first)
            slabs.give(c.pop());
    }
};

range& the_range() {
    static auto* r = new range; // never destroyed: pids may be looked at until the very end
    return *r;
}

struct cache {
    chain loaded;
    chain spare; // none, or of full length
};
constinit thread_local cache mine;

struct cache_return {
    ~cache_return() { flush_cache(); }
};

[[gnu::noinline]] void fill() {
    static thread_local cache_return at_exit;
    (void)at_exit;
    mine.loaded = mine.spare.first ? std::exchange(mine.spare, {}) : the_range().take();
    BOOST_ASSERT(
        (reinterpret_cast<std::uint64_t>(mine.loaded.first) & ~mailbox_word::address_mask) == 0);
}

[[gnu::noinline]] void make_room() noexcept {
    if (mine.spare.first)
        the_range().keep(mine.spare);
    mine.spare = std::exchange(mine.loaded, {});
}

[[gnu::noinline]] void retire(process* p) noexcept {
    range& r = the_range();
    const std::lock_guard hold{r.lock};
    r.slabs.give(p);
}

} // namespace

process* acquire() {
    if (!mine.loaded.first)
        fill();
    return mine.loaded.pop();
}

void release(process* p) noexcept {
    if (p->inbox.word(std::memory_order_relaxed) == mailbox_word::dead)
        return retire(p); // its tags are used up
    if (mine.loaded.length == chain_length)
        make_room();
    mine.loaded.push(p);
}

void flush_cache() noexcept {
    the_range().give_all({std::exchange(mine.loaded, {}), std::exchange(mine.spare, {})});
}

void for_each(void (*visit)(process&, void*), void* context) {
    range& r = the_range();
    std::size_t n = 0;
    {
        const std::lock_guard hold{r.lock};
        n = r.slabs.slabs();
    }
    for (std::size_t s = 0; s < n; ++s) {
        {
            const std::lock_guard hold{r.lock};
            if (!r.slabs.is_resident(s))
                continue;
        }
        for (std::size_t i = 0; i < r.slabs.per_slab; ++i)
            visit(*r.slabs.at(s, i), context);
    }
}

std::uint64_t index_of(const process* p) noexcept { return the_range().slabs.index_of(p); }

void start_over() noexcept {
    flush_cache();
    range& r = the_range();
    const std::lock_guard hold{r.lock};
    r.slabs.start_over();
}

slab_statistics stats() {
    range& r = the_range();
    const std::lock_guard hold{r.lock};
    return r.slabs.stats();
}

} // namespace process_table
} // namespace coppice::detail
