// SPDX-License-Identifier: BSL-1.0
#include "memory/cell_pool.hpp"
#include "memory/cell_slabs.hpp"
#include "support/sanitizer.hpp"
#include <algorithm>
#include <mutex>
#include <span>
#include <unistd.h>

// An envelope is freed where its message was handled, often on another thread than the one that
// made it. Magazines carry the cells back 64 at a time, so the common case takes no lock.
namespace coppice::detail {
namespace {

constexpr std::size_t mapped_alone = 128 * 1024;

/// Where a sanitizer or valgrind watches the heap, each envelope is a piece of it.
bool pooled() noexcept { return !sanitizer::on(); }

/// A thread begins with no cells, and no room for any: only the slow paths ask whether there is a
/// pool.
struct thread_cache {
    std::array<magazine, cell_classes> loaded;
    std::array<magazine, cell_classes> spare; // none, or a full one
};
constinit thread_local thread_cache cache;

/// The magazines of one class that no thread has.
class alignas(64) shelf {
public:
    void push(magazine m) noexcept {
        const std::lock_guard hold{lock_};
        m.top->room = m.room;
        m.top->next_magazine = std::exchange(top_, m.top);
        ++count_;
    }
    magazine pop() noexcept {
        const std::lock_guard hold{lock_};
        return pop_one();
    }
    /// False when there are none.
    bool take_stock() noexcept {
        const std::lock_guard hold{lock_};
        surplus_ = std::exchange(least_, count_);
        return count_ > 0;
    }
    magazine pop_surplus() noexcept {
        const std::lock_guard hold{lock_};
        if (surplus_ == 0)
            return {};
        --surplus_;
        return pop_one();
    }

private:
    magazine pop_one() noexcept {
        if (!top_)
            return {};
        const magazine m{.top = top_, .room = top_->room};
        top_ = top_->next_magazine;
        least_ = std::min(least_, --count_);
        return m;
    }

    std::mutex lock_;
    free_cell* top_ = nullptr;
    std::size_t count_ = 0;
    std::size_t least_ = 0;   // that there were since stock was taken
    std::size_t surplus_ = 0; // of the last period, not given back yet
};

struct depot {
    std::array<shelf, cell_classes> full; // but for those that threads left
    std::mutex lock;                      // of the source: held while fresh cells are touched first
    cell_slabs source;
};
depot& the_depot() {
    static auto* d = new depot; // never destroyed: threads may end after static destruction
    return *d;
}

struct cache_return {
    ~cache_return() { cell_pool::flush_cache(); }
};

/// False: there is no pool.
bool refill(std::size_t c) {
    if (!pooled())
        return false;
    static thread_local cache_return at_exit;
    (void)at_exit;
    magazine& m = cache.loaded[c];
    m = std::exchange(cache.spare[c], {});
    if (m.top)
        return true;
    depot& d = the_depot();
    m = d.full[c].pop();
    if (!m.top) {
        const std::lock_guard hold{d.lock};
        m = d.source.take(c);
    }
    return true;
}

/// False: there is no pool.
bool make_room(std::size_t c) {
    if (!pooled())
        return false;
    if (cache.spare[c].top)
        the_depot().full[c].push(cache.spare[c]);
    cache.spare[c] = std::exchange(cache.loaded[c], empty_magazine);
    return true;
}

// Large tables come from the kernel and go there: malloc would learn from them to keep more.

void* allocate_alone(std::size_t bytes) {
    if (bytes < mapped_alone || !pooled())
        return ::operator new ((bytes + cell - 1) / cell * cell, std::align_val_t{cell});
    void* m = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (m == MAP_FAILED)
        throw std::bad_alloc{};
    return m;
}

void free_alone(void* memory, std::size_t bytes) noexcept {
    if (bytes < mapped_alone || !pooled())
        ::operator delete (memory, std::align_val_t{cell});
    else
        munmap(memory, bytes);
}

[[gnu::noinline]] void* allocate_slowly(std::size_t bytes, std::size_t c) {
    return c < cell_classes && refill(c) ? cache.loaded[c].pop() : allocate_alone(bytes);
}
[[gnu::noinline]] void free_slowly(void* memory, std::size_t bytes, std::size_t c) noexcept {
    if (c < cell_classes && make_room(c))
        cache.loaded[c].push(memory);
    else
        free_alone(memory, bytes);
}

} // namespace

void* allocate_cell_of(std::size_t bytes) {
    const std::size_t c = (bytes - 1) / cell;
    if (c < cell_classes) [[likely]]
        if (magazine& m = cache.loaded[c]; m.top) [[likely]]
            return m.pop();
    return allocate_slowly(bytes, c);
}

void free_cell_of(void* memory, std::size_t bytes) noexcept {
    const std::size_t c = (bytes - 1) / cell;
    if (c < cell_classes) [[likely]]
        if (magazine& m = cache.loaded[c]; m.room > 0) [[likely]]
            return m.push(memory);
    free_slowly(memory, bytes, c);
}

namespace cell_pool {

void flush_cache() noexcept {
    depot& d = the_depot();
    for (std::size_t c = 0; c < cell_classes; ++c)
        for (magazine* m : {&cache.loaded[c], &cache.spare[c]})
            if (const magazine all = std::exchange(*m, {}); all.top)
                d.full[c].push(all);
}

bool take_stock() noexcept {
    bool any = false;
    for (shelf& s : the_depot().full)
        any |= s.take_stock();
    return any;
}

namespace {

constexpr std::size_t chains = 8;

/// Cells of a shelf's surplus, at most those of eight magazines: eight chains, so that the
/// processor waits for eight cells at a time, and each cell's slab is on its way as well.
std::size_t take_surplus(shelf& s, std::span<free_cell*> cells) noexcept {
    std::array<magazine, chains> some;
    for (magazine& m : some)
        m = s.pop_surplus();
    std::size_t n = 0;
    for (bool more = true; std::exchange(more, false);)
        for (magazine& m : some)
            if (m.top) {
                cells[n] = m.pop();
                __builtin_prefetch(m.top);
                __builtin_prefetch(&cell_slab::of(cells[n++]), 1);
                more = true;
            }
    return n;
}

/// Never holds the lock while the kernel works; the cells and slabs are mostly in the cache by
/// then.
std::size_t give_back(depot& d, shelf& s) noexcept {
    // The kernel rounds up to whole pages. On aarch64 one may have 64 KiB, and take the slabs along
    // that lie behind. There an empty slab keeps its memory, and serves again.
    static const bool may_discard = sysconf(_SC_PAGESIZE) <= static_cast<long>(cell_slab::size);
    std::array<free_cell*, chains * magazine_size> cells;
    const std::size_t n = take_surplus(s, cells);
    cell_slab_list emptied;
    {
        const std::lock_guard hold{d.lock};
        for (std::size_t i = 0; i < n; ++i)
            d.source.give(cells[i], emptied);
    }
    while (!emptied.empty()) {
        cell_slab& e = emptied.front();
        emptied.pop_front(); // its hook goes with it
        if (may_discard)
            madvise(&e, cell_slab::size, MADV_DONTNEED);
        const std::lock_guard hold{d.lock};
        d.source.forget(e);
    }
    return n;
}

} // namespace

bool give_back_some() noexcept {
    constexpr std::size_t cells_at_once = std::size_t{64} * magazine_size;
    depot& d = the_depot();
    std::size_t given = 0;
    for (shelf& s : d.full)
        for (std::size_t n = 1; n > 0 && given < cells_at_once; given += n)
            n = give_back(d, s);
    return given >= cells_at_once;
}

statistics stats() {
    depot& d = the_depot();
    const std::lock_guard hold{d.lock};
    return d.source.stats();
}

} // namespace cell_pool
} // namespace coppice::detail
