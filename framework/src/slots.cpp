// SPDX-License-Identifier: BSL-1.0
#include "slots.hpp"
#include <boost/assert.hpp>
#include <mutex>
#include <sys/mman.h>

namespace coppice::detail::slots {
namespace {

constexpr std::size_t slab_bytes = 64 * 1024;
constexpr std::size_t slots_per_slab = slab_bytes / sizeof(process);
constexpr std::size_t reserve_bytes = std::size_t{32} << 30;
constexpr unsigned cache_size = 64;
constexpr std::size_t keep_empty = 16; // slabs; giving back and faulting in again costs more

struct slab {
    process* free = nullptr;
    std::uint32_t free_count = 0;
    std::uint32_t retired = 0;
    std::uint64_t base_tag = 0; // all tags up to here are used up
    bool resident = false;
};

struct range {
    std::mutex lock;
    char* base = nullptr;
    std::size_t capacity = 0; // slabs
    std::vector<slab> slabs;
    std::vector<std::uint32_t> partial; // may hold stale entries: look before use
    std::vector<std::uint32_t> cold;
    std::size_t empty = 0;
    std::size_t given_back = 0;
    std::size_t retired = 0;

    range() {
        for (std::size_t bytes = reserve_bytes; bytes >= slab_bytes; bytes /= 2) {
            void* m = mmap(nullptr, bytes + slab_bytes, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
            if (m == MAP_FAILED)
                continue;
            const auto a = reinterpret_cast<std::uint64_t>(m);
            base = reinterpret_cast<char*>((a + slab_bytes - 1) / slab_bytes * slab_bytes);
            capacity = bytes / slab_bytes;
            BOOST_ASSERT((reinterpret_cast<std::uint64_t>(base) + bytes) <= word::address_mask);
            return;
        }
    }

    process* at(std::size_t s, std::size_t i) const {
        return reinterpret_cast<process*>(base + s * slab_bytes) + i;
    }
    std::uint32_t slab_of(const process* p) const {
        return static_cast<std::uint32_t>((reinterpret_cast<const char*>(p) - base) /
                                          static_cast<std::ptrdiff_t>(slab_bytes));
    }

    /// Fills slab `s` with slots whose tags start above all used ones.
    void revive(std::uint32_t s) {
        slab& b = slabs[s];
        const std::uint64_t tag = b.base_tag + word::one_tag;
        b.free = nullptr;
        for (std::size_t i = slots_per_slab; i-- > 0;) {
            auto* p = ::new (static_cast<void*>(at(s, i))) process;
            p->next = b.free;
            b.free = p;
            // Release: who finds this word also finds the fields as they were just made.
            p->word.store(tag | word::dead, std::memory_order_release);
        }
        b.free_count = slots_per_slab;
        b.resident = true;
        ++empty;
        partial.push_back(s);
    }

    void grow() {
        if (!cold.empty()) {
            const auto s = cold.back();
            cold.pop_back();
            revive(s);
            return;
        }
        if (slabs.size() == capacity)
            throw std::bad_alloc{};
        slabs.emplace_back();
        revive(static_cast<std::uint32_t>(slabs.size() - 1));
    }

    process* take() {
        for (;;) {
            while (!partial.empty()) {
                slab& b = slabs[partial.back()];
                if (b.resident && b.free) {
                    if (b.free_count + b.retired == slots_per_slab)
                        --empty;
                    process* p = b.free;
                    b.free = p->next;
                    --b.free_count;
                    return p;
                }
                partial.pop_back();
            }
            grow();
        }
    }

    void put(process* p) {
        const auto s = slab_of(p);
        slab& b = slabs[s];
        if (p->word.load(std::memory_order_relaxed) == word::dead) { // tag 0: used up
            ++b.retired;
            ++retired;
        } else {
            p->next = b.free;
            b.free = p;
            if (b.free_count++ == 0)
                partial.push_back(s);
        }
        if (b.free_count + b.retired == slots_per_slab && ++empty > keep_empty)
            give_back(s);
    }

    void give_back(std::uint32_t s) {
        slab& b = slabs[s];
        for (std::size_t i = 0; i < slots_per_slab; ++i)
            b.base_tag =
                std::max(b.base_tag, word::tag(at(s, i)->word.load(std::memory_order_relaxed)));
        --empty;
        b.free = nullptr;
        b.free_count = 0;
        b.resident = false;
        madvise(base + s * slab_bytes, slab_bytes, MADV_DONTNEED);
        if (b.retired == 0 && b.base_tag < word::last_tag) {
            cold.push_back(s);
            ++given_back;
        } // else: never again, its tags are used up
    }
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
        process* p = r.take();
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
            return r.put(p);
        for (; mine.size > cache_size / 2; --mine.size) {
            process* q = mine.free;
            mine.free = q->next;
            r.put(q);
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
        r.put(p);
    }
    mine.size = 0;
}

void for_each(void (*visit)(process&, void*), void* context) {
    range& r = the_range();
    std::size_t n = 0;
    {
        const std::lock_guard hold{r.lock};
        n = r.slabs.size();
    }
    for (std::size_t s = 0; s < n; ++s) {
        {
            const std::lock_guard hold{r.lock};
            if (!r.slabs[s].resident)
                continue;
        }
        for (std::size_t i = 0; i < slots_per_slab; ++i)
            visit(*r.at(s, i), context);
    }
}

std::uint64_t index_of(const process* p) noexcept {
    return static_cast<std::uint64_t>(reinterpret_cast<const char*>(p) - the_range().base) /
           sizeof(process);
}

statistics stats() {
    range& r = the_range();
    const std::lock_guard hold{r.lock};
    return {.slabs_in_use = r.slabs.size() - r.cold.size(),
            .slabs_given_back = r.given_back,
            .retired = r.retired};
}

} // namespace coppice::detail::slots
