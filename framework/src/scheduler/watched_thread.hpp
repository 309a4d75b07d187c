// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>

namespace coppice::detail {

struct process;

/// What the watchdog thread sees of a thread of the runtime, and what it tells it. What is behind
/// `tid` and the processor is the kernel's.
///
/// A step is a piece of user code: a message, or the rest of one after a wait. As long as the count
/// of steps stands still, the same code runs.
class watched_thread {
public:
    // --- the thread says ---

    /// Before each piece of user code; null: none runs.
    void step(process* p) noexcept {
        // Release: see name_readers.hpp.
        runs_.store(p, std::memory_order_release);
        steps_.store(steps() + 1, std::memory_order_release);
    }
    /// The thread itself, which writes it.
    std::uint64_t steps() const noexcept { return steps_.load(std::memory_order_relaxed); }
    /// A hint: it runs handlers of Asio, in no process.
    void set_in_handlers(bool is) noexcept { in_handlers_.store(is, std::memory_order_relaxed); }
    /// It runs. `processor`: where the kernel says on which one; null: it does not say.
    void has_begun(int tid, const std::uint32_t* processor) noexcept {
        processor_ = processor;
        tid_.store(tid, std::memory_order_release);
    }

    // --- the thread asks ---

    bool is_told_anything() const noexcept { return told() != 0; }
    /// Timers, I/O and the queues of all are to be looked at.
    bool is_told_of_time() const noexcept { return told() & time_has_passed; }
    void forget_time() noexcept { told_.fetch_and(~time_has_passed, std::memory_order_relaxed); }
    /// What runs, or ran, has exceeded its time slice.
    bool is_told_of_time_slice() const noexcept { return told() & over_time_slice; }
    /// The same of what runs now. It is told once.
    bool take_overrun() noexcept {
        const bool is_ours =
            is_told_of_time_slice() && overrun_step_.load(std::memory_order_relaxed) == steps();
        told_.fetch_and(~over_time_slice, std::memory_order_relaxed);
        return is_ours;
    }
    /// What the thread had used when the step that overran was first seen.
    std::chrono::nanoseconds cpu_before_overrun() const noexcept {
        return std::chrono::nanoseconds{overrun_cpu_.load(std::memory_order_relaxed)};
    }
    /// Other threads may take what waits here.
    bool is_stuck() const noexcept { return stuck_.load(std::memory_order_relaxed); }

    // --- any thread ---

    /// Acquire: what was done in the steps before is seen.
    std::uint64_t steps_seen() const noexcept { return steps_.load(std::memory_order_acquire); }
    /// No user code runs; what it has read before is done with.
    bool runs_nothing() const noexcept { return runs_.load(std::memory_order_acquire) == nullptr; }
    /// Whose code runs: a hint.
    const process* runs() const noexcept { return runs_.load(std::memory_order_relaxed); }
    bool is_in_handlers() const noexcept { return in_handlers_.load(std::memory_order_relaxed); }
    /// The kernel's number of the thread; 0: it does not run yet.
    int tid() const noexcept { return tid_.load(std::memory_order_acquire); }
    /// Where it stands. The kernel writes there; null: it does not, or the thread does not run yet.
    const volatile std::uint32_t* processor() const noexcept {
        return tid() != 0 ? processor_ : nullptr;
    }

    // --- the watchdog thread says ---

    void say_time_has_passed() noexcept {
        told_.fetch_or(time_has_passed, std::memory_order_relaxed);
    }
    void say_over_time_slice(std::uint64_t step, std::chrono::nanoseconds cpu_before) noexcept {
        overrun_cpu_.store(cpu_before.count(), std::memory_order_relaxed);
        overrun_step_.store(step, std::memory_order_relaxed);
        told_.fetch_or(over_time_slice, std::memory_order_relaxed);
    }
    void set_stuck(bool is) noexcept { stuck_.store(is, std::memory_order_relaxed); }

private:
    static constexpr std::uint32_t time_has_passed = 1, over_time_slice = 2;

    /// Relaxed: hints, which carry nothing else. The thread acts on them at its next look.
    std::uint32_t told() const noexcept { return told_.load(std::memory_order_relaxed); }

    std::atomic<std::uint64_t> steps_{0};
    std::atomic<process*> runs_{nullptr};
    std::atomic<std::uint32_t> told_{0};
    std::atomic<std::uint64_t> overrun_step_{0};
    std::atomic<std::int64_t> overrun_cpu_{0}; // ns
    std::atomic<bool> stuck_{false};
    std::atomic<bool> in_handlers_{false};
    std::atomic<int> tid_{0};
    const std::uint32_t* processor_ = nullptr; // once tid_ is known
};

} // namespace coppice::detail
