// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <string>
#include <thread>

namespace stress {

/// Tells a program that hangs from one that gets no processor, and reports what hangs.
///
/// The program counts its progress. When it makes none, there are three cases, and wall time alone
/// cannot tell them apart: all threads sleep although there is something to do (a lost wake-up),
/// some thread loops, or the threads are runnable and the machine is busy. The last case is not a
/// failure: the watchdog waits.
///
/// On a hang it prints what every process does, and ends the program with a core.
class watchdog {
public:
    using clock = std::chrono::steady_clock;

    /// `what` is printed in the report: the part that runs, and its seed.
    explicit watchdog(std::string what);
    ~watchdog();
    watchdog(const watchdog&) = delete;
    watchdog& operator=(const watchdog&) = delete;

    /// Counts a step of progress. Any thread.
    static void progress() noexcept { done_.fetch_add(1, std::memory_order_relaxed); }

    /// What the program's threads did with a stretch of time.
    struct usage {
        clock::duration wall{};
        std::chrono::nanoseconds cpu{};
        std::chrono::nanoseconds waited{}; // wanted to run and did not get a processor
    };
    enum class verdict { fine, asleep, runs_in_circles };
    /// Of a stretch without progress.
    static verdict judge(const usage& u) noexcept;

private:
    void watch();
    [[noreturn]] void report(verdict v, const usage& u) const;

    static inline std::atomic<std::uint64_t> done_{0};
    std::string what_;
    std::mutex lock_;
    std::condition_variable ended_;
    bool end_ = false;
    std::thread thread_;
};

} // namespace stress
