// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "memory/memory_trimmer.hpp"
#include "scheduler/cpu_affinity.hpp"
#include "scheduler/dead_timers.hpp"
#include "scheduler/lock_watch.hpp"
#include "scheduler/thread_observation.hpp"
#include "timers/message_timers.hpp"
#include <atomic>
#include <chrono>
#include <ctime>
#include <memory>
#include <thread>
#include <vector>

namespace coppice::detail {

class long_handler_reports;
class overflow_queue;
struct runtime_state;
struct worker;

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
    watch_plan look_at(std::size_t thread, thread_observation::clock::time_point now);
    void want_helpers(unsigned stuck);
    void note_where_it_stands(std::size_t thread, bool still);
    void make_one_move();
    void send_due_messages(worker& stuck, thread_observation::clock::time_point now);
    void let_begin_anywhere(overflow_queue& functions);

    runtime_state& runtime_;
    thread_observation::limits limits_;
    std::vector<thread_observation> seen_;
    std::vector<lock_watch> locks_;
    const std::unique_ptr<long_handler_reports> reports_;
    std::vector<clockid_t> cpu_clocks_;
    std::vector<standing> awake_;
    std::vector<due_message> due_; // of a thread that is stuck
    memory_trimmer memory_;
    dead_timers dead_timers_;
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

} // namespace coppice::detail
