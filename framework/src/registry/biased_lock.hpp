// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "scheduler/worker.hpp"
#include <atomic>
#include <mutex>

namespace coppice::detail {

/// A lock under which one thread writes, or several read. It is biased towards readers while no
/// thread writes (biased locking for readers: Dice and Kogan, BRAVO, 2019): reading then takes no
/// mutex and stores nowhere but in the thread's own worker. The first writer takes the bias away,
/// which costs some microseconds; after `reads_until_biased` reads that took the mutex it is back.
///
/// Why no biased reader reads while a writer holds the lock. The reader says in its worker what it
/// reads, and then looks whether the lock is biased. The writer takes the bias away, makes the
/// kernel run a full fence on all our threads, and then waits for each worker that says so. A
/// reader that spoke before its thread's fence is seen by the writer; one that speaks after it
/// finds no bias, and takes the mutex. biased_lock.pml checks this.
/// What a writer did is seen by a reader: the bias is given under the mutex, with release, and seen
/// with acquire. What a reader read was read before a writer changes it: the reader's last store is
/// a release, and the writer's look an acquire.
///
/// Plain threads, and readers within readers, take the mutex; so does everybody where the kernel
/// cannot fence for all threads.
///
/// Context: any thread; nothing may suspend while it is held.
class biased_lock {
public:
    static constexpr unsigned reads_until_biased = 256;

    biased_lock() = default;
    biased_lock(const biased_lock&) = delete;
    biased_lock& operator=(const biased_lock&) = delete;

    // To write.
    void lock() {
        mutex_.lock();
        if (biased_.load(std::memory_order_relaxed)) [[unlikely]] // it changes under the mutex only
            revoke();
    }
    /// False: another thread has it, or it is biased.
    bool try_lock() {
        if (!mutex_.try_lock())
            return false;
        if (!biased_.load(std::memory_order_relaxed)) [[likely]]
            return true;
        mutex_.unlock();
        return false;
    }
    void unlock() noexcept { mutex_.unlock(); }

    /// A moment old.
    bool is_biased() const noexcept { return biased_.load(std::memory_order_relaxed); }

private:
    friend class reading;

    void lock_to_read();
    void revoke() noexcept;

    std::mutex mutex_;
    std::atomic<bool> biased_{false}; // to readers; written under the mutex
    unsigned reads_ = 0;              // that took the mutex, since it was biased; under the mutex
};

/// Holds a biased_lock to read, while it lives.
/// Context: any thread; nothing may suspend meanwhile.
class reading {
public:
    explicit reading(biased_lock& l) : lock_{l} {
        if (!claim()) [[unlikely]]
            l.lock_to_read();
    }
    reading(const reading&) = delete;
    reading& operator=(const reading&) = delete;
    ~reading() {
        if (place_) [[likely]]
            place_->store(nullptr, std::memory_order_release); // what we read is read
        else
            lock_.mutex_.unlock();
    }

private:
    bool claim() noexcept {
        worker* const w = this_worker;
        if (!lock_.is_biased() || !w || w->reads.load(std::memory_order_relaxed))
            return false;
        w->reads.store(&lock_, std::memory_order_relaxed);
        // The writer's fence orders the two on this thread, too: for the compiler only.
        std::atomic_signal_fence(std::memory_order_seq_cst);
        // Acquire: of what was written before the bias was given.
        if (lock_.biased_.load(std::memory_order_acquire)) [[likely]] {
            place_ = &w->reads;
            return true;
        }
        w->reads.store(nullptr, std::memory_order_relaxed); // nothing was read
        return false;
    }

    biased_lock& lock_;
    std::atomic<const void*>* place_ = nullptr; // null: we have the mutex
};

} // namespace coppice::detail
