// SPDX-License-Identifier: BSL-1.0
#include "thread_monitor.hpp"
#include "report_events.hpp"
#include "runtime_state.hpp"

namespace coppice::detail {

thread_monitor::thread_monitor(runtime_state& runtime, std::chrono::steady_clock::duration budget)
    : runtime_{runtime}, budget_{budget}, last_(runtime.workers.size()), thread_{[this] {
          watch();
      }} {}

thread_monitor::~thread_monitor() {
    {
        const std::lock_guard hold{lock_};
        stop_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void thread_monitor::watch() {
    for (sight& s : last_)
        s.report_at = budget_;
    std::unique_lock hold{lock_};
    // Four looks in a budget: the report is late by a quarter of it at most.
    while (!wake_.wait_for(hold, budget_ / 4, [this] { return stop_; }))
        for (std::size_t i = 0; i < last_.size(); ++i)
            look_at(*runtime_.workers[i], last_[i]);
}

void thread_monitor::look_at(const worker& w, sight& last) const {
    const auto now = std::chrono::steady_clock::now();
    const std::uint64_t steps = w.steps.load(std::memory_order_acquire);
    const process* p = w.runs.load(std::memory_order_relaxed);
    if (steps != last.steps || !p) {
        last = {.steps = steps, .since = now, .report_at = budget_};
        return;
    }
    if (now - last.since < last.report_at)
        return;
    last.report_at *= 10;
    report_long_handler(*p, now - last.since);
}

} // namespace coppice::detail
