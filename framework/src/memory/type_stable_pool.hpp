// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "support/address_space.hpp"
#include <algorithm>
#include <array>
#include <boost/intrusive/list.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <new>
#include <sys/mman.h>

namespace coppice::detail {

struct slab_statistics {
    std::size_t slabs_in_use = 0;
    std::size_t slabs_given_back = 0;
    std::size_t retired = 0; // objects
};

/// Objects that any thread may look at for ever: their addresses are never unmapped.
///
/// By the generation in it he sees that an object is no longer the one that he means. It only
/// grows, and none is used twice. The objects lie in slabs of 64 KiB inside one reserved range of
/// addresses. What was never used of the range cannot be accessed, so it is no memory yet, for the
/// kernel and for valgrind. A slab that is empty is given back to the kernel; it then reads as
/// zeros, so generation 0 has no owner. When it comes back, its objects begin above all generations
/// that were used there.
///
/// `Life` says how an object lives:
/// - `T*& next(T&)`: a link, free to use while the object is;
/// - `std::uint64_t generation(const T&)`: of the next that lives there; 0: there will be none;
/// - `void renew(T&, std::uint64_t generation)`: the object is free, and made of zeros but for what
///   was there when its slab was not really given back, as under mlockall;
/// - `last_generation`: a slab in which it was used is never used again.
///
/// Context: under a lock of the caller's, but for `at` and `index_of`.
template <class T, class Life>
class type_stable_pool {
public:
    static constexpr std::size_t slab_bytes = 64 * 1024;
    static constexpr std::size_t per_slab = slab_bytes / sizeof(T);
    static constexpr std::size_t keep_empty = 16; // slabs; giving back and faulting in costs more

    /// The range is reserved at the first use; a smaller one if there is no room for it, or if the
    /// program's address space is limited.
    explicit type_stable_pool(std::size_t reserve_bytes) noexcept : reserve_bytes_{reserve_bytes} {}
    type_stable_pool(const type_stable_pool&) = delete;
    type_stable_pool& operator=(const type_stable_pool&) = delete;

    /// Errors: throws std::bad_alloc when the range is used up.
    T* take() {
        if (partial_.empty())
            grow();
        slab& b = partial_.back();
        if (is_empty(b))
            --empty_;
        T* t = b.free;
        b.free = Life::next(*t);
        if (--b.free_count == 0)
            partial_.pop_back();
        return t;
    }

    void give(T* t) noexcept {
        slab& b = slabs_[slab_of(t)];
        if (Life::generation(*t) == 0) {
            ++b.retired;
            ++retired_;
        } else {
            Life::next(*t) = b.free;
            b.free = t;
            if (b.free_count++ == 0)
                partial_.push_back(b);
        }
        if (is_empty(b) && ++empty_ > keep_empty)
            give_back(b);
    }

    /// From now on objects are taken in the order in which a program takes its first ones, however
    /// they came to be free.
    void start_over() noexcept {
        for (auto b = partial_.begin(); b != partial_.end();) {
            slab& here = *b++;
            if (is_empty(here))
                give_back(here);
            else
                sort_free(here);
        }
        const auto lowest_last = [](const slab& a, const slab& b) { return a.first > b.first; };
        partial_.sort(lowest_last);
        cold_.sort(lowest_last);
    }

    /// How many slabs there are; those that are given back are skipped by `is_resident`.
    std::size_t slabs() const noexcept { return slabs_.size(); }
    bool is_resident(std::size_t s) const noexcept { return slabs_[s].resident; }
    T* at(std::size_t s, std::size_t i) const noexcept {
        return reinterpret_cast<T*>(base_ + s * slab_bytes) + i;
    }
    /// The address of the first object.
    std::uint64_t origin() noexcept {
        if (!base_)
            reserve();
        return reinterpret_cast<std::uint64_t>(base_);
    }
    std::uint64_t index_of(const T* t) const noexcept {
        return static_cast<std::uint64_t>(reinterpret_cast<const char*>(t) - base_) / sizeof(T);
    }
    slab_statistics stats() const noexcept {
        return {.slabs_in_use = slabs_.size() - cold_.size(),
                .slabs_given_back = given_back_,
                .retired = retired_};
    }

private:
    struct slab : boost::intrusive::list_base_hook<> {
        explicit slab(T* where) noexcept : first{where} {}
        T* first;
        T* free = nullptr;
        std::uint32_t free_count = 0;
        std::uint32_t retired = 0;
        std::uint64_t base = 0; // all generations up to here are used up
        bool resident = false;
    };
    using list = boost::intrusive::list<slab>;
    static constexpr std::size_t slabs_at_once = 16; // to open

    std::size_t slab_of(const T* t) const noexcept {
        return static_cast<std::size_t>(reinterpret_cast<const char*>(t) - base_) / slab_bytes;
    }
    static bool is_empty(const slab& b) noexcept { return b.free_count + b.retired == per_slab; }

    void sort_free(slab& b) noexcept {
        std::array<bool, per_slab> is_free{};
        for (T* t = b.free; t; t = Life::next(*t))
            is_free[static_cast<std::size_t>(t - b.first)] = true;
        b.free = nullptr;
        for (std::size_t i = per_slab; i-- > 0;)
            if (is_free[i]) {
                Life::next(b.first[i]) = b.free;
                b.free = b.first + i;
            }
    }

    void reserve() noexcept {
        for (std::size_t bytes = reservation(reserve_bytes_); !base_ && bytes >= slab_bytes;
             bytes /= 2) {
            void* m = mmap(nullptr, bytes + slab_bytes, PROT_NONE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
            if (m == MAP_FAILED)
                continue;
            const auto a = reinterpret_cast<std::uintptr_t>(m);
            base_ = static_cast<char*>(m) + (slab_bytes - a % slab_bytes) % slab_bytes;
            capacity_ = bytes / slab_bytes;
        }
    }

    void open() {
        const std::size_t n = std::min(slabs_at_once, capacity_ - open_);
        if (n == 0 || mprotect(at(open_, 0), n * slab_bytes, PROT_READ | PROT_WRITE) != 0)
            throw std::bad_alloc{};
        open_ += n;
    }

    void grow() {
        if (!cold_.empty()) {
            slab& b = cold_.back();
            cold_.pop_back();
            return revive(b);
        }
        if (!base_)
            reserve();
        if (slabs_.size() == open_)
            open();
        slab& b = slabs_.emplace_back(at(slabs_.size(), 0));
        std::uninitialized_value_construct_n(b.first, per_slab);
        revive(b);
    }

    void revive(slab& b) noexcept {
        b.free = nullptr;
        for (std::size_t i = per_slab; i-- > 0;) {
            Life::renew(b.first[i], b.base + 1);
            Life::next(b.first[i]) = b.free;
            b.free = b.first + i;
        }
        b.free_count = per_slab;
        b.resident = true;
        ++empty_;
        partial_.push_back(b);
    }

    [[gnu::noinline]] void give_back(slab& b) noexcept {
        for (std::size_t i = 0; i < per_slab; ++i)
            b.base = std::max(b.base, Life::generation(b.first[i]));
        --empty_;
        if (b.free_count > 0)
            partial_.erase(partial_.iterator_to(b));
        b.free = nullptr;
        b.free_count = 0;
        b.resident = false;
        madvise(b.first, slab_bytes, MADV_DONTNEED);
        if (b.retired == 0 && b.base < Life::last_generation) {
            cold_.push_back(b);
            ++given_back_;
        } // else: never again, its generations are used up
    }

    const std::size_t reserve_bytes_;
    char* base_ = nullptr;
    std::size_t capacity_ = 0; // slabs
    std::size_t open_ = 0;     // slabs that may be accessed
    std::deque<slab> slabs_;
    list partial_; // those that have something free
    list cold_;    // those that were given back
    std::size_t empty_ = 0;
    std::size_t given_back_ = 0;
    std::size_t retired_ = 0;
};

} // namespace coppice::detail
