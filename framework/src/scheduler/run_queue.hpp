// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "process/process.hpp"
#include <algorithm>
#include <deque>
#include <mutex>
#include <span>

// Processes that want to run: a ring for each thread, from which others steal, and one overflow
// queue for all.
namespace coppice::detail {

/// What did not fit into a ring, and what plain threads start.
///
/// It holds pointers in blocks and touches no process: those that wait here have long left the
/// cache, and a list through them would cost a miss for each under the lock.
class overflow_queue {
public:
    void add(std::span<process* const> all) {
        const std::lock_guard hold{lock_};
        waiting_.insert(waiting_.end(), all.begin(), all.end());
        size_.store(waiting_.size(), std::memory_order_relaxed);
    }
    void add(process* p) { add(std::span{&p, 1}); }

    /// One process, and a fair share of the rest through `take`, at most `room`.
    template <class Take>
    process* pop(std::size_t share_of, std::size_t room, Take take) {
        if (empty())
            return nullptr;
        const std::lock_guard hold{lock_};
        if (waiting_.empty())
            return nullptr;
        process* const first = waiting_.front();
        const std::size_t n = std::min({(waiting_.size() - 1) / share_of, room, std::size_t{128}});
        const auto rest = waiting_.begin() + 1;
        const auto end = rest + static_cast<std::ptrdiff_t>(n);
        std::for_each(rest, end, take);
        waiting_.erase(waiting_.begin(), end);
        size_.store(waiting_.size(), std::memory_order_relaxed);
        return first;
    }
    std::size_t size() const noexcept { return size_.load(std::memory_order_relaxed); }
    bool empty() const noexcept { return size() == 0; }

private:
    std::mutex lock_;
    std::deque<process*, cell_allocator<process*>> waiting_; // the oldest first
    std::atomic<std::size_t> size_{0};
};

/// A ring of one owner and many thieves. The acquire and release of `tail_` carry a process's plain
/// fields to the thief; the compare-and-swap of `head_` makes each place taken once.
class run_queue {
public:
    static constexpr std::uint32_t capacity = 256;

    bool empty() const noexcept {
        return head_.load(std::memory_order_relaxed) == tail_.load(std::memory_order_relaxed);
    }
    /// Owner. What does not fit goes, with half of the ring, to `overflow`.
    void push(process* p, overflow_queue& overflow) {
        const std::uint32_t tail = tail_.load(std::memory_order_relaxed);
        std::uint32_t head = head_.load(std::memory_order_acquire);
        if (tail - head < capacity) {
            at(tail).store(p, std::memory_order_relaxed);
            tail_.store(tail + 1, std::memory_order_release);
            return;
        }
        process* half[capacity / 2 + 1]; // and the new one
        for (std::uint32_t i = 0; i < capacity / 2; ++i)
            half[i] = at(head + i).load(std::memory_order_relaxed);
        if (!head_.compare_exchange_strong(head, head + capacity / 2, std::memory_order_acq_rel))
            return overflow.add(p); // thieves made room meanwhile; no need to look again
        half[capacity / 2] = p;
        overflow.add(half);
    }
    /// Owner: the oldest.
    process* pop() noexcept {
        for (;;) {
            std::uint32_t head = head_.load(std::memory_order_acquire);
            if (head == tail_.load(std::memory_order_relaxed))
                return nullptr;
            process* p = at(head).load(std::memory_order_relaxed);
            if (head_.compare_exchange_weak(head, head + 1, std::memory_order_acq_rel))
                return p;
        }
    }
    /// Owner: fills up from the overflow queue and returns one.
    process* refill(overflow_queue& overflow, std::size_t threads) {
        const std::uint32_t first = tail_.load(std::memory_order_relaxed);
        std::uint32_t tail = first;
        const std::uint32_t used = tail - head_.load(std::memory_order_acquire);
        process* p = overflow.pop(threads, capacity - used, [&](process* q) {
            at(tail++).store(q, std::memory_order_relaxed);
            prefetch(q);
        });
        if (tail != first)
            tail_.store(tail, std::memory_order_release);
        return p;
    }
    /// Thief: half of `victim`'s ring, as far as there is room, into the own; returns one of them.
    process* steal_from(run_queue& victim) noexcept {
        std::uint32_t tail = tail_.load(std::memory_order_relaxed);
        const std::uint32_t room = capacity - (tail - head_.load(std::memory_order_acquire));
        for (;;) {
            std::uint32_t head = victim.head_.load(std::memory_order_acquire);
            const std::uint32_t size = victim.tail_.load(std::memory_order_acquire) - head;
            const std::uint32_t half = size - size / 2;
            if (half == 0)
                return nullptr;
            if (half > capacity / 2)
                continue; // the two loads do not belong together
            const std::uint32_t n = std::min(half, room + 1); // one does not go into the ring
            process* taken[capacity / 2];
            for (std::uint32_t i = 0; i < n; ++i)
                taken[i] = victim.at(head + i).load(std::memory_order_relaxed);
            if (!victim.head_.compare_exchange_strong(head, head + n, std::memory_order_acq_rel))
                continue;
            for (std::uint32_t i = 1; i < n; ++i)
                at(tail++).store(taken[i], std::memory_order_relaxed);
            tail_.store(tail, std::memory_order_release);
            return taken[0];
        }
    }

private:
    /// It has waited for long, and left the cache.
    static void prefetch(const process* p) noexcept {
        for (std::size_t line = 0; line < sizeof(process); line += 64)
            __builtin_prefetch(reinterpret_cast<const char*>(p) + line, 1);
    }
    std::atomic<process*>& at(std::uint32_t i) noexcept { return places_[i % capacity]; }

    alignas(64) std::atomic<std::uint32_t> head_{0};
    alignas(64) std::atomic<std::uint32_t> tail_{0};
    std::atomic<process*> places_[capacity];
};

} // namespace coppice::detail
