// SPDX-License-Identifier: BSL-1.0
#include "memory/stack_pool.hpp"
#include "support/address_space.hpp"
#include <algorithm>
#include <atomic>
#include <boost/assert.hpp>
#include <mutex>
#include <new>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

namespace coppice::detail {
namespace {

constexpr std::size_t slab_stacks = 32;
constexpr std::size_t max_slabs = 4096;
constexpr std::size_t guard_size = stack_pool::guard_bytes; // a multiple of any page

struct slab {
    char* base = nullptr;
    std::size_t place = 0; // bytes of a stack with its guard below it
};

struct pool {
    std::mutex lock;
    std::size_t page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    std::size_t stack_size = 64 * 1024;
    std::size_t limit = 30'000;
    std::size_t in_use = 0;
    std::size_t mapped = 0;  // bytes
    std::vector<char*> free; // guard areas of the free places
    std::atomic<std::size_t> slabs{0};
    slab all[max_slabs]; // read by the signal handler: written before `slabs` grows

    std::size_t place() const { return place_for(stack_size); }
    std::size_t place_for(std::size_t stack) const {
        return (stack + page - 1) / page * page + guard_size;
    }

    /// A guard area that costs no mapping where the kernel knows how, else one that does.
    static bool guard(char* at) {
        return madvise(at, guard_size, MADV_GUARD_INSTALL) == 0 ||
               mprotect(at, guard_size, PROT_NONE) == 0;
    }

    void grow() {
        const std::size_t n = slabs.load(std::memory_order_relaxed);
        const std::size_t bytes = slab_stacks * place();
        if (n == max_slabs || (n > 0 && mapped + bytes > address_space_limit() / 2))
            throw std::bad_alloc{};
        free.reserve(free.size() + slab_stacks); // nothing may fail once it is ours
        void* m = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
        if (m == MAP_FAILED)
            throw std::bad_alloc{};
        auto* base = static_cast<char*>(m);
        for (std::size_t i = 0; i < slab_stacks; ++i)
            if (!guard(base + i * place())) {
                munmap(m, bytes);
                throw std::bad_alloc{};
            }
        // Until they are handed out. The guard areas stay so: a search for leaks would fault on
        // each page.
        valgrind::take_back(base, bytes);
        mapped += bytes;
        all[n] = {base, place()};
        slabs.store(n + 1, std::memory_order_release);
        for (std::size_t i = slab_stacks; i-- > 0;) {
            free.push_back(base + i * place());
            valgrind::add_stack(base + i * place() + guard_size, place() - guard_size);
        }
    }
};

pool& the_pool() {
    static auto* p = new pool; // never destroyed: an unstopped process may still stand on a stack
    return *p;
}

thread_local sanitizer::stack_info last_stack;

} // namespace

sanitizer::stack_info stack_pool::last() noexcept { return last_stack; }

void stack_pool::configure(std::size_t stack_size, std::size_t max_stacks) {
    pool& p = the_pool();
    const std::lock_guard hold{p.lock};
    if (p.place() != p.place_for(stack_size))
        p.free.clear(); // stacks of another size; their addresses stay reserved
    p.stack_size = stack_size;
    p.limit = max_stacks;
}

boost::context::stack_context stack_pool::allocate() {
    pool& p = the_pool();
    const std::lock_guard hold{p.lock};
    if (p.in_use == p.limit)
        throw std::bad_alloc{};
    if (p.free.empty())
        p.grow();
    char* guard = p.free.back();
    p.free.pop_back();
    ++p.in_use;
    boost::context::stack_context s;
    s.size = p.place() - guard_size;
    s.sp = guard + p.place();
    last_stack = {.bottom = guard + guard_size, .size = s.size};
    valgrind::hand_out(last_stack.bottom, s.size);
    return s;
}

void stack_pool::deallocate(boost::context::stack_context& s) noexcept {
    // A fiber ends because its thread needs fewer: this memory may not be needed for long.
    madvise(static_cast<char*>(s.sp) - s.size, s.size, MADV_DONTNEED);
    pool& p = the_pool();
    const std::lock_guard hold{p.lock};
    valgrind::take_back(static_cast<char*>(s.sp) - s.size, s.size);
    --p.in_use;
    if (s.size + guard_size == p.place())
        p.free.push_back(static_cast<char*>(s.sp) - p.place());
}

// The part below our frame holds nothing: what wrote there has returned. A signal handler on this
// stack runs before the call or after it, and needs nothing of what was there. One page stays, for
// the red zone and for what the caller calls next.
[[gnu::noinline]] void stack_pool::give_back_unused(const sanitizer::stack_info& its_own) noexcept {
    const std::size_t page = the_pool().page; // never changes
    auto* const frame = static_cast<char*>(__builtin_frame_address(0));
    auto* const bottom = static_cast<char*>(its_own.bottom);
    BOOST_ASSERT(bottom <= frame && frame < bottom + its_own.size);
    const auto unused = static_cast<std::size_t>(frame - bottom) / page * page; // bottom is aligned
    if (unused > page)
        madvise(bottom, unused - page, MADV_DONTNEED);
}

std::size_t stack_pool::in_use() noexcept {
    pool& p = the_pool();
    const std::lock_guard hold{p.lock};
    return p.in_use;
}

bool stack_pool::is_guard(const void* address) noexcept {
    const pool& p = the_pool();
    const auto* a = static_cast<const char*>(address);
    for (std::size_t i = 0; i < p.slabs.load(std::memory_order_acquire); ++i) {
        const slab& s = p.all[i];
        if (a >= s.base && a < s.base + slab_stacks * s.place)
            return static_cast<std::size_t>(a - s.base) % s.place < guard_size;
    }
    return false;
}

} // namespace coppice::detail
