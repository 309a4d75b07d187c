// SPDX-License-Identifier: BSL-1.0
#include "slots.hpp"
#include <mutex>

namespace coppice::detail::slots {
namespace {

constexpr std::size_t reserve_bytes = std::size_t{32} << 30;
constexpr unsigned cache_size = 64;

struct life {
    static constexpr std::uint64_t last_generation = word::last_tag >> word::tag_shift;

    static process*& next(process& p) noexcept { return p.next; }
    static std::uint64_t generation(const process& p) noexcept {
        return p.word.load(std::memory_order_relaxed) >> word::tag_shift;
    }
    static void renew(process& p, std::uint64_t generation) noexcept {
        // Release: who finds this word also finds the rest as it is.
        p.word.store(generation << word::tag_shift | word::dead, std::memory_order_release);
    }
};

struct range {
    std::mutex lock;
    stable_slabs<process, life> slabs{reserve_bytes};
};

range& the_range() {
    static auto* r = new range; // never destroyed: pids may be looked at until the very end
    return *r;
}

struct cache {
    process* free = nullptr;
    unsigned size = 0;
};
constinit thread_local cache mine;

struct cache_return {
    ~cache_return() { flush_cache(); }
};

[[gnu::noinline]] void fill() {
    static thread_local cache_return at_exit;
    (void)at_exit;
    range& r = the_range();
    const std::lock_guard hold{r.lock};
    for (; mine.size < cache_size / 2; ++mine.size) {
        process* p = r.slabs.take();
        BOOST_ASSERT((reinterpret_cast<std::uint64_t>(p) & ~word::address_mask) == 0);
        p->next = mine.free;
        mine.free = p;
    }
}

} // namespace

process* acquire() {
    if (!mine.free)
        fill();
    process* p = mine.free;
    mine.free = p->next;
    --mine.size;
    p->next = nullptr;
    return p;
}

void release(process* p) noexcept {
    const bool used_up = p->word.load(std::memory_order_relaxed) == word::dead;
    if (mine.size == cache_size || used_up) {
        range& r = the_range();
        const std::lock_guard hold{r.lock};
        if (used_up)
            return r.slabs.give(p);
        for (; mine.size > cache_size / 2; --mine.size) {
            process* q = mine.free;
            mine.free = q->next;
            r.slabs.give(q);
        }
    }
    p->next = mine.free;
    mine.free = p;
    ++mine.size;
}

void flush_cache() noexcept {
    if (!mine.free)
        return;
    range& r = the_range();
    const std::lock_guard hold{r.lock};
    while (process* p = mine.free) {
        mine.free = p->next;
        r.slabs.give(p);
    }
    mine.size = 0;
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

slab_statistics stats() {
    range& r = the_range();
    const std::lock_guard hold{r.lock};
    return r.slabs.stats();
}

} // namespace coppice::detail::slots
