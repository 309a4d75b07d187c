// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "log/report_events.hpp"
#include "scheduler/stack_sample.hpp"
#include <chrono>
#include <coppice/report.hpp>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace coppice::detail {

struct process;
struct runtime_state;
struct worker;

/// The reports of handlers that hold their threads for long. A report is made at once, and goes out
/// when the thread has told its stack, or has not done so in time: at most one for each thread
/// waits for that.
///
/// With coppice::throw_trace the names of functions take a tenth of a second to find. So that is
/// done by another thread, one report after the other, and the watchdog thread goes on; when too
/// many wait for it, further ones have the names that are found at once.
///
/// Context: the watchdog thread.
class long_handler_reports {
public:
    using clock = std::chrono::steady_clock;

    explicit long_handler_reports(runtime_state& runtime);
    long_handler_reports(const long_handler_reports&) = delete;
    long_handler_reports& operator=(const long_handler_reports&) = delete;
    ~long_handler_reports();

    /// `ran`: for how long, by `now`, in the step in which the thread still is. `p`: whose handler;
    /// null: one of Asio.
    void begin(std::size_t thread,
               const process* p,
               std::uint64_t step,
               clock::duration ran,
               clock::time_point now);
    /// Sends those that wait for nothing any more. True when others do.
    bool send_due(clock::time_point now);
    void send_all();

private:
    struct waiting {
        std::optional<long_handler> event;
        std::vector<const void*> frames; // what was known at once
        std::uint64_t step = 0;
        clock::time_point send_at{};
    };
    struct job {
        long_handler event;
        std::vector<const void*> frames;
        names of_functions = names::all;
    };
    void send(worker& w, waiting& r);
    void write(job j);
    /// All jobs that there are.
    void work();

    runtime_state& runtime_;
    const stack_sampler sampler_;
    std::vector<waiting> of_threads_;

    std::mutex lock_; // of the next two
    std::deque<job> jobs_;
    bool is_working_ = false;
    std::thread writer_; // runs while there are jobs
};

} // namespace coppice::detail
