// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "process/process.hpp"
#include "scheduler/idle_threads.hpp"
#include <mutex>
#include <vector>

namespace coppice::detail {

struct worker;

/// The processes that wait for a low-priority thread, the coolest first.
///
/// A low-priority thread may be pre-empted at any moment and for long, so no other thread may ever
/// wait for what it holds: adding takes no lock, and only low-priority threads take the lock of the
/// ordered part.
class low_priority_queue {
public:
    /// Its owner gives the process here. Any thread.
    void add(process& p) noexcept;
    /// The coolest; null when there is none. Heavy threads.
    process* take(std::chrono::steady_clock::time_point now);
    /// One that has waited for too long and has a caller who waits. Null as well while a
    /// low-priority thread looks. Context: the watchdog thread.
    process* rescue(std::chrono::steady_clock::time_point now);
    bool empty() const noexcept { return size_.load(std::memory_order_relaxed) == 0; }

    idle_threads idle; // low-priority threads that have nothing to do

private:
    struct entry {
        std::int64_t rank;
        std::uint64_t order; // of those with the same rank
        std::chrono::steady_clock::time_point since;
        process* who;
        bool operator<(const entry& o) const noexcept { // a heap has the largest in front
            return rank != o.rank ? rank > o.rank : order > o.order;
        }
    };
    void take_in(std::chrono::steady_clock::time_point now);
    process* let_go(std::vector<entry>::iterator at,
                    std::chrono::steady_clock::time_point now) noexcept;

    std::atomic<process*> added_{nullptr}; // newest first, through process::next
    std::atomic<std::size_t> size_{0};     // counted before it can be seen
    std::mutex lock_;
    std::vector<entry> waiting_; // a heap
    std::uint64_t orders_ = 0;
};

/// Between two messages, or where a handler waits: charges the process for the processor time that
/// it was seen to take, and moves it to the low-priority threads or back.
void charge_cpu(worker& w, process& p);
/// Before a message in the low-priority threads.
void begin_low_priority_turn(worker& w);

} // namespace coppice::detail
