// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "heavy_lane.hpp"
#include "thread_monitor.hpp"
#include "worker.hpp"
#include <coppice/runtime.hpp>
#include <optional>

namespace coppice::detail {

/// The running runtime. One for the program at a time.
struct runtime_state {
    std::vector<std::unique_ptr<worker>> workers; // normal ones first, then spares, then heavy ones
    std::size_t normal_threads = 0;
    std::vector<std::thread> threads;
    idle_threads idle;   // threads that look for work
    idle_threads spares; // threads that wait until they are wanted
    heavy_lane heavy;
    std::atomic<unsigned> helpers{0}; // spares that help now
    std::atomic<unsigned> helpers_wanted{0};
    overflow_queue overflow;
    overflow_queue stackless; // what wants to run, and all stacks are in use
    std::atomic<bool> told_out_of_stacks{false};
    std::unique_ptr<simulated> sim;
    runtime::options options;
    std::atomic<bool> stopping{false};
    std::atomic<std::uint64_t> born_outside{0};
    std::optional<thread_monitor> watch;
    monitor_bell bell;

    /// After a thread has slept: the monitor must not.
    void rouse_monitor() noexcept { bell.ring(); }

    worker& any_worker() { return *workers.front(); }
    std::uint64_t ended() const noexcept; ///< how many processes have, in all
    std::uint64_t alive() const noexcept;
};

/// Null while no runtime runs.
extern constinit std::atomic<runtime_state*> the_runtime;

/// Threads that are not ours and are inside the runtime at this moment.
extern constinit std::atomic<int> guests;

/// Keeps the runtime from being taken down while a thread that is not ours uses it. What such a
/// thread sends may be the last thing that the runtime waited for, long before the thread is done
/// with waking the receiver.
///
/// The count is raised before the runtime is looked up, and stop() hides the runtime before it waits
/// for the count: whoever found it is waited for.
class visit {
public:
    visit() noexcept : is_guest_{!this_worker} {
        if (is_guest_)
            guests.fetch_add(1, std::memory_order_seq_cst);
        runtime_ = is_guest_ ? the_runtime.load(std::memory_order_seq_cst) : &this_worker->runtime;
    }
    visit(const visit&) = delete;
    visit& operator=(const visit&) = delete;
    ~visit() {
        if (is_guest_)
            guests.fetch_sub(1, std::memory_order_release);
    }
    /// Null when none runs.
    runtime_state* runtime() const noexcept { return runtime_; }

private:
    bool is_guest_;
    runtime_state* runtime_;
};

/// Errors: throws std::logic_error that says how to start one.
runtime_state& running_runtime();

/// The runtime's clock: virtual under simulation. Any thread.
time_limit::clock::time_point clock_now() noexcept;

void start_runtime(const runtime::options& o, std::unique_ptr<simulated> sim);

} // namespace coppice::detail
