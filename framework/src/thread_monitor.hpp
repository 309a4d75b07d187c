// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace coppice::detail {

struct runtime_state;
struct worker;

/// A thread that watches the others: a handler that holds its thread for too long is reported, and
/// again when it has taken ten times as long.
///
/// What it sees is the workers' own count of steps (see worker::step): as long as that stands still,
/// the same piece of code runs.
class thread_monitor {
public:
    /// `budget` is what a handler may take without a report.
    thread_monitor(runtime_state& runtime, std::chrono::steady_clock::duration budget);
    thread_monitor(const thread_monitor&) = delete;
    thread_monitor& operator=(const thread_monitor&) = delete;
    ~thread_monitor();

private:
    struct sight {
        std::uint64_t steps = 0;
        std::chrono::steady_clock::time_point since;
        std::chrono::steady_clock::duration report_at;
    };
    void watch();
    void look_at(const worker& w, sight& last) const;

    runtime_state& runtime_;
    std::chrono::steady_clock::duration budget_;
    std::vector<sight> last_;
    std::mutex lock_;
    std::condition_variable wake_;
    bool stop_ = false;
    std::thread thread_;
};

} // namespace coppice::detail
