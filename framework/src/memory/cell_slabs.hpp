// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "memory/cell_pool.hpp"
#include <array>
#include <boost/intrusive/list.hpp>
#include <cstdint>
#include <sys/mman.h>
#include <vector>

// The lowest layer of the memory of envelopes: cells of eight sizes in slabs of 16 KiB.
namespace coppice::detail {

inline constexpr std::size_t cell = 64;
inline constexpr std::size_t cell_classes = 8; // 64, 128, ... 512 bytes
inline constexpr unsigned magazine_size = 64;

/// A free cell. The first of a magazine says more while it lies in the depot.
struct free_cell {
    free_cell* next;
    free_cell* next_magazine;
    unsigned room;
};

/// Up to 64 free cells of a class.
struct magazine {
    free_cell* top = nullptr;
    unsigned room = 0; // for so many more

    void push(void* memory) noexcept {
        auto* f = static_cast<free_cell*>(memory);
        f->next = top;
        top = f;
        --room;
    }
    free_cell* pop() noexcept {
        free_cell* f = top;
        top = f->next;
        // It may have been freed on another thread: it comes while this one is used.
        __builtin_prefetch(top, 1);
        ++room;
        return f;
    }
};
inline constexpr magazine empty_magazine{.top = nullptr, .room = magazine_size};

/// Cells of one class, and this in front of them. Those that were never used are not touched.
struct cell_slab : boost::intrusive::list_base_hook<> {
    static constexpr std::size_t size = 16 * 1024;

    explicit cell_slab(std::size_t class_of) noexcept
        : index{class_of}, unused{static_cast<unsigned>((size - cell) / bytes())} {}

    std::size_t bytes() const noexcept { return (index + 1) * cell; }
    bool has_room() const noexcept { return free || unused > 0; }
    void* take() noexcept {
        ++out;
        if (!free)
            return reinterpret_cast<char*>(this) + cell + --unused * bytes();
        return std::exchange(free, free->next);
    }
    void give(free_cell* f) noexcept {
        f->next = std::exchange(free, f);
        --out;
    }
    static cell_slab& of(const void* c) noexcept {
        return *reinterpret_cast<cell_slab*>(reinterpret_cast<std::uintptr_t>(c) & ~(size - 1));
    }

    std::size_t index; // of the class
    free_cell* free = nullptr;
    unsigned unused;
    unsigned out = 0; // in magazines, or in use
};
static_assert(sizeof(cell_slab) <= cell);
using cell_slab_list =
    boost::intrusive::list<cell_slab, boost::intrusive::constant_time_size<false>>;

/// The slabs of all classes. Their addresses stay ours; an empty one costs no memory.
class cell_slabs {
public:
    magazine take(std::size_t c) {
        cell_slab_list& some = with_room_[c];
        if (some.empty())
            some.push_front(make(c));
        cell_slab& s = some.front();
        magazine m = empty_magazine;
        while (m.room > 0 && s.has_room())
            m.push(s.take());
        if (!s.has_room())
            some.pop_front();
        return m;
    }

    /// A slab that becomes empty by it goes into a list of the caller's.
    void give(free_cell* f, cell_slab_list& emptied) noexcept {
        cell_slab& s = cell_slab::of(f);
        cell_slab_list& some = with_room_[s.index];
        if (!s.has_room())
            some.push_back(s);
        s.give(f);
        if (s.out == 0) {
            some.erase(some.iterator_to(s));
            emptied.push_back(s);
        }
    }
    /// The kernel has its memory.
    void forget(cell_slab& s) noexcept {
        empty_.push_back(&s);
        ++given_back_;
    }

    cell_pool::statistics stats() const {
        return {.slabs_in_use = mapped_ - empty_.size(), .slabs_given_back = given_back_};
    }

private:
    static constexpr std::size_t region = 64; // slabs that are mapped at once

    cell_slab& make(std::size_t c) {
        if (empty_.empty())
            map();
        void* where = empty_.back();
        empty_.pop_back();
        return *::new (where) cell_slab{c};
    }

    void map() {
        empty_.reserve(mapped_ + region); // so that giving one back never throws
        void* m = mmap(nullptr, (region + 1) * cell_slab::size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (m == MAP_FAILED)
            throw std::bad_alloc{};
        char* first = static_cast<char*>(m) + cell_slab::size - 1;
        first -= reinterpret_cast<std::uintptr_t>(first) % cell_slab::size;
        for (std::size_t i = region; i-- > 0;)
            empty_.push_back(first + i * cell_slab::size);
        mapped_ += region;
    }

    std::array<cell_slab_list, cell_classes> with_room_;
    std::vector<void*> empty_;
    std::size_t mapped_ = 0;
    std::size_t given_back_ = 0;
};

} // namespace coppice::detail
