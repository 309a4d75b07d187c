// SPDX-License-Identifier: BSL-1.0
#include "sanitizer.hpp"
#include <array>
#include <coppice/detail/node.hpp>
#include <cstdlib>
#include <mutex>
#include <new>
#include <vector>

// Memory for nodes: magazines of equal cells for each thread, exchanged whole through a depot.
//
// A node is freed where its message was handled, often on another thread than the one that made it.
// Magazines carry the cells back 64 at a time, so the common case takes no lock.
namespace coppice::detail {
namespace {

constexpr std::size_t cell = 64;
constexpr std::size_t classes = 8; // 64, 128, ... 512 bytes
constexpr unsigned magazine = 64;

struct free_cell {
    free_cell* next;
};
struct stack {
    free_cell* top = nullptr;
    unsigned size = 0;
};
struct thread_cache {
    std::array<stack, classes> loaded;
    std::array<stack, classes> spare; // empty, or one full magazine
};

constinit thread_local thread_cache cache;

struct depot {
    std::mutex lock;
    std::array<std::vector<free_cell*>, classes> full;
};
depot& the_depot() {
    static auto* d = new depot; // never destroyed: threads may end after static destruction
    return *d;
}

// Gives a thread's cells back when the thread ends.
struct cache_return {
    ~cache_return() {
        depot& d = the_depot();
        const std::lock_guard hold{d.lock};
        for (std::size_t c = 0; c < classes; ++c)
            for (stack* s : {&cache.loaded[c], &cache.spare[c]}) {
                if (s->top)
                    d.full[c].push_back(s->top);
                *s = {};
            }
    }
};

unsigned count(const free_cell* top) {
    unsigned n = 0;
    for (; top; top = top->next)
        ++n;
    return n;
}

[[gnu::noinline]] void refill(std::size_t c) {
    static thread_local cache_return at_exit;
    (void)at_exit;
    stack& s = cache.loaded[c];
    if (cache.spare[c].top) {
        s = std::exchange(cache.spare[c], {});
        return;
    }
    {
        depot& d = the_depot();
        const std::lock_guard hold{d.lock};
        if (!d.full[c].empty()) {
            s.top = d.full[c].back();
            d.full[c].pop_back();
            s.size = count(s.top); // a thread that ended may have left fewer than a magazine
            return;
        }
    }
    const std::size_t bytes = (c + 1) * cell;
    auto* block = static_cast<char*>(::operator new (bytes* magazine, std::align_val_t{cell}));
    for (unsigned i = magazine; i-- > 0;) {
        auto* f = reinterpret_cast<free_cell*>(block + i * bytes);
        f->next = s.top;
        s.top = f;
    }
    s.size = magazine;
}

[[gnu::noinline]] void spill(std::size_t c) {
    if (cache.spare[c].top) {
        depot& d = the_depot();
        const std::lock_guard hold{d.lock};
        d.full[c].push_back(cache.spare[c].top);
    }
    cache.spare[c] = std::exchange(cache.loaded[c], {});
}

} // namespace

void* allocate_node(std::size_t bytes) {
    const std::size_t c = (bytes - 1) / cell;
    if (c >= classes || sanitizer::on)
        return ::operator new ((bytes + cell - 1) / cell * cell, std::align_val_t{cell});
    stack& s = cache.loaded[c];
    if (!s.top)
        refill(c);
    free_cell* f = s.top;
    s.top = f->next;
    --s.size;
    return f;
}

void free_node(void* memory, std::size_t bytes) noexcept {
    const std::size_t c = (bytes - 1) / cell;
    if (c >= classes || sanitizer::on)
        return ::operator delete (memory, std::align_val_t{cell});
    if (cache.loaded[c].size == magazine)
        spill(c);
    stack& s = cache.loaded[c];
    auto* f = static_cast<free_cell*>(memory);
    f->next = s.top;
    s.top = f;
    ++s.size;
}

} // namespace coppice::detail
