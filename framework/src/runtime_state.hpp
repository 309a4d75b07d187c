// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "thread_monitor.hpp"
#include "worker.hpp"
#include <coppice/runtime.hpp>
#include <optional>

namespace coppice::detail {

/// The running runtime. One for the program at a time.
struct runtime_state {
    std::vector<std::unique_ptr<worker>> workers;
    std::vector<std::thread> threads;
    idle_threads idle;
    overflow_queue overflow;
    overflow_queue stackless; // what wants to run, and all stacks are in use
    std::atomic<bool> told_out_of_stacks{false};
    std::unique_ptr<simulated> sim;
    runtime::options options;
    std::atomic<bool> stopping{false};
    std::atomic<std::uint64_t> born_outside{0};
    std::atomic<int> guests{0}; // threads of others that are about to wake one of ours
    std::optional<thread_monitor> watch;

    worker& any_worker() { return *workers.front(); }
    std::uint64_t alive() const noexcept;
};

/// Null while no runtime runs.
extern constinit std::atomic<runtime_state*> the_runtime;

/// Errors: throws std::logic_error that says how to start one.
runtime_state& running_runtime();

/// The runtime's clock: virtual under simulation. Any thread.
time_limit::clock::time_point clock_now() noexcept;

void start_runtime(const runtime::options& o, std::unique_ptr<simulated> sim);

} // namespace coppice::detail
