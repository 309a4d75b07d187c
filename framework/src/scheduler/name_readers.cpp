// SPDX-License-Identifier: BSL-1.0
#include "scheduler/name_readers.hpp"
#include "support/asymmetric_fence.hpp"
#include <algorithm>
#include <mutex>

namespace coppice::detail {
namespace {

struct counted_readers {
    alignas(64) std::atomic<std::uint64_t> epoch{0};
    alignas(64) std::array<std::atomic<std::uint32_t>, 2> counters{};

    std::atomic<std::uint32_t>& counter_of(std::uint64_t e) noexcept { return counters[e % 2]; }
};
constinit counted_readers counted;

struct known_threads {
    std::mutex lock; // also of moving the epoch on
    std::vector<const worker*> all;
};

known_threads& threads() {
    static auto* t = new known_threads; // names may be used until the very end
    return *t;
}

/// Acquire: what was read in the steps before is done.
bool has_done(const worker& w, std::uint64_t step) noexcept {
    return w.watched.steps_seen() != step || w.watched.runs_nothing();
}

/// Under the lock. Seq_cst: either the counter shows a reader, or the reader sees the new epoch and
/// all that was done before it.
void move_epoch_on() noexcept {
    const std::uint64_t e = counted.epoch.load(std::memory_order_relaxed);
    if (counted.counter_of(e + 1).load(std::memory_order_seq_cst) == 0)
        counted.epoch.store(e + 1, std::memory_order_seq_cst);
}

} // namespace

void name_reader::count() noexcept {
    for (;;) {
        const std::uint64_t e = counted.epoch.load(std::memory_order_seq_cst);
        std::atomic<std::uint32_t>& c = counted.counter_of(e);
        c.fetch_add(1, std::memory_order_seq_cst);
        // If the epoch has moved on in between, it may be that no writer waits for this counter.
        if (counted.epoch.load(std::memory_order_seq_cst) == e) {
            counter_ = &c;
            return;
        }
        c.fetch_sub(1, std::memory_order_relaxed); // nothing was read
    }
}

void grace_period::begin() {
    threads_.clear();
    known_threads& t = threads();
    const std::lock_guard hold{t.lock};
    threads_.reserve(t.all.size());
    asymmetric_thread_fence_heavy();
    epoch_ = counted.epoch.load(std::memory_order_relaxed); // it changes under the lock only
    for (const worker* w : t.all) {
        const std::uint64_t step = w->watched.steps_seen();
        // We ourselves read nothing now.
        if (w != this_worker && !has_done(*w, step))
            threads_.push_back({w, step});
    }
}

bool grace_period::is_over() noexcept {
    if (!kernel_fences_for_all.load(std::memory_order_relaxed))
        return false;
    known_threads& t = threads();
    const std::lock_guard hold{t.lock};
    std::erase_if(threads_, [&t](const reading_thread& r) {
        // A thread that has ended reads nothing, and its worker may be gone.
        return std::find(t.all.begin(), t.all.end(), r.who) == t.all.end() ||
               has_done(*r.who, r.step);
    });
    for (int moves = 0; moves < 2 && counted.epoch.load(std::memory_order_relaxed) < epoch_ + 2;
         ++moves)
        move_epoch_on();
    return threads_.empty() && counted.epoch.load(std::memory_order_relaxed) >= epoch_ + 2;
}

void name_readers::add_thread(const worker& w) {
    known_threads& t = threads();
    const std::lock_guard hold{t.lock};
    t.all.push_back(&w);
}

void name_readers::remove_thread(const worker& w) noexcept {
    known_threads& t = threads();
    const std::lock_guard hold{t.lock};
    std::erase(t.all, &w);
}

bool name_readers::is_read(const void* lock) noexcept {
    known_threads& t = threads();
    const std::lock_guard hold{t.lock};
    return std::any_of(t.all.begin(), t.all.end(), [lock](const worker* w) {
        return w->reads.load(std::memory_order_acquire) == lock;
    });
}

} // namespace coppice::detail
