// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "memory/memory_trimmer.hpp"
#include "scheduler/cpu_affinity.hpp"
#include "scheduler/dead_timers.hpp"
#include "scheduler/lock_watch.hpp"
#include "timers/message_timers.hpp"
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <ctime>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace coppice::detail {

class long_handler_reports;
class overflow_queue;
struct runtime_state;
struct worker;

/// Wakes the monitor, which sleeps while all other threads do.
///
/// The monitor stores `asleep`, fences and looks whether all sleep; a thread that has left its list
/// fences and reads `asleep`: one sees the other.
class monitor_bell {
public:
    /// Any thread, after it has slept.
    void ring() noexcept {
        std::atomic_thread_fence(std::memory_order_seq_cst);
        if (!asleep_.load(std::memory_order_relaxed) ||
            !asleep_.exchange(false, std::memory_order_acq_rel))
            return;
        { const std::lock_guard hold{lock_}; } // it waits by now, or has yet to look
        rung_.notify_one();
    }
    /// The watchdog thread: sleeps until it is woken, or until `deadline`, if `all_sleep` still
    /// holds.
    template <class Predicate>
    void sleep_if(Predicate all_sleep, std::chrono::steady_clock::time_point deadline) {
        asleep_.store(true, std::memory_order_relaxed);
        std::atomic_thread_fence(std::memory_order_seq_cst);
        if (all_sleep()) {
            std::unique_lock hold{lock_};
            rung_.wait_until(hold, deadline,
                             [this] { return !asleep_.load(std::memory_order_acquire); });
        }
        asleep_.store(false, std::memory_order_relaxed);
    }

private:
    std::atomic<bool> asleep_{false};
    std::mutex lock_;
    std::condition_variable rung_;
};

/// What the monitor saw of one thread, and what follows. No thread is needed to test it.
class thread_observation {
public:
    using clock = std::chrono::steady_clock;
    struct limits {
        clock::duration time_slice;   ///< what a handler may compute; 0: anything
        clock::duration long_handler; ///< what is reported; 0: nothing
    };
    /// What the thread's cost is, looked at only when it matters.
    struct costs {
        virtual std::chrono::nanoseconds cpu() = 0;
        virtual bool blocked_in_kernel() = 0;

    protected:
        ~costs() = default;
    };
    struct verdict {
        bool same = false;     ///< the same piece of code as last time
        bool offends = false;  ///< it has just been seen to exceed the time_slice
        bool is_stuck = false; ///< what waits behind it should go elsewhere
        bool report = false;
    };

    /// `step` changes with each piece of user code; 0 while none runs.
    verdict look(clock::time_point now, std::uint64_t step, const limits& l, costs& c);

    clock::duration age(clock::time_point now) const { return now - since_; }
    /// What the thread had used when the piece was first seen.
    std::chrono::nanoseconds cpu_at_first() const noexcept { return cpu_; }

private:
    /// A thread that waits for a processor does not itself hold up another.
    bool really_takes(clock::duration limit, costs& c) const;

    std::uint64_t step_ = 0;
    clock::time_point since_{};
    clock::duration report_at_{};
    std::chrono::nanoseconds cpu_{};
    bool has_cpu_ = false;
    bool stuck_ = false;
};

/// A thread that watches the others.
///
/// It tells each that time has passed, so that turns end and timers, I/O and the queues of all are
/// looked at. It finds the handler that computes past its time_slice, marks the thread as stuck, so
/// that others take what waits there, and wakes a standby thread for it. It reports a handler that
/// holds its thread for long, and again after ten times as long. It sleeps when all threads sleep,
/// and looks less often when it has found nothing for a while. It also gives memory back: see
/// memory_trimmer and dead_timers. It reports a thread that is blocked by a lock: see lock_watch.
class watchdog {
public:
    watchdog(runtime_state& runtime,
             std::chrono::steady_clock::duration time_slice,
             std::chrono::steady_clock::duration long_handler);
    watchdog(const watchdog&) = delete;
    watchdog& operator=(const watchdog&) = delete;
    ~watchdog();

private:
    void watch();
    bool all_sleep() const;
    /// True when some thread was found in the same piece of code as last time.
    bool look_at_all(thread_observation::clock::time_point now);
    void want_helpers(unsigned stuck);
    void note_where_it_stands(std::size_t thread, bool still);
    void make_one_move();
    void let_begin_anywhere(overflow_queue& functions);

    runtime_state& runtime_;
    thread_observation::limits limits_;
    std::vector<thread_observation> seen_;
    std::vector<lock_watch> locks_;
    const std::unique_ptr<long_handler_reports> reports_;
    std::vector<clockid_t> cpu_clocks_;
    std::vector<standing> awake_;
    std::vector<due_message> letters_; // of threads that are stuck
    memory_trimmer memory_;
    dead_timers dead_timers_;
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

} // namespace coppice::detail
