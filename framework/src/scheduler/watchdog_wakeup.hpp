// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>

namespace coppice::detail {

/// Wakes the watchdog thread, which sleeps while all other threads do.
///
/// The watchdog thread stores `asleep`, fences and looks whether all sleep; a thread that has left
/// its list fences and reads `asleep`: one sees the other.
class watchdog_wakeup {
public:
    /// Any thread, after it has slept.
    void wake() noexcept {
        std::atomic_thread_fence(std::memory_order_seq_cst);
        if (!asleep_.load(std::memory_order_relaxed) ||
            !asleep_.exchange(false, std::memory_order_acq_rel))
            return;
        { const std::lock_guard hold{lock_}; } // it waits by now, or has yet to look
        woken_.notify_one();
    }
    /// The watchdog thread: sleeps until it is woken, or until `deadline`, if `all_sleep` still
    /// holds.
    template <class Predicate>
    void sleep_if(Predicate all_sleep, std::chrono::steady_clock::time_point deadline) {
        asleep_.store(true, std::memory_order_relaxed);
        std::atomic_thread_fence(std::memory_order_seq_cst);
        if (all_sleep()) {
            std::unique_lock hold{lock_};
            woken_.wait_until(hold, deadline,
                              [this] { return !asleep_.load(std::memory_order_acquire); });
        }
        asleep_.store(false, std::memory_order_relaxed);
    }

private:
    std::atomic<bool> asleep_{false};
    std::mutex lock_;
    std::condition_variable woken_;
};

} // namespace coppice::detail
