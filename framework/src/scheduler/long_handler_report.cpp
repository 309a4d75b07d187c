// SPDX-License-Identifier: BSL-1.0
#include "scheduler/long_handler_report.hpp"
#include "scheduler/runtime_state.hpp"
#include <coppice/log_record.hpp>
#include <exception>

namespace coppice::detail {
namespace {

// A thread that computes answers when it has a processor, mostly at once.
constexpr std::chrono::milliseconds longest_wait{100};
constexpr std::size_t most_jobs = 8;

} // namespace

long_handler_reports::long_handler_reports(runtime_state& runtime)
    : runtime_{runtime}, of_threads_(runtime.workers.size()) {}

long_handler_reports::~long_handler_reports() {
    {
        const std::lock_guard hold{lock_};
        for (job& j : jobs_)
            j.of_functions = names::found_at_once; // a stop waits for it
    }
    if (writer_.joinable())
        writer_.join();
}

void long_handler_reports::begin(std::size_t thread,
                                 const process* p,
                                 std::uint64_t step,
                                 clock::duration ran,
                                 clock::time_point now) {
    if (!log::wants(severity::warning))
        return;
    worker& w = *runtime_.workers[thread];
    waiting& r = of_threads_[thread];
    send(w, r); // the last one, which has no answer yet
    try {
        r.event = p ? describe_long_handler(*p, ran) : describe_long_asio_handler(ran);
        r.step = step;
        r.frames.clear();
        r.send_at = now;
        const kernel_wait k = kernel_wait_of(w.watched.tid());
        if (k.function)
            r.frames.push_back(k.function);
        if (k.may_be_interrupted && w.sample.ask(runtime_.threads[thread].native_handle()))
            r.send_at += longest_wait;
    } catch (const std::exception&) { // memory
        r.event.reset();
        count_failed_report();
    }
}

bool long_handler_reports::send_due(clock::time_point now) {
    bool others = false;
    for (std::size_t i = 0; i < of_threads_.size(); ++i) {
        waiting& r = of_threads_[i];
        worker& w = *runtime_.workers[i];
        if (r.event && (now >= r.send_at || w.sample.is_answered()))
            send(w, r);
        others |= r.event.has_value();
    }
    return others;
}

void long_handler_reports::send_all() {
    for (std::size_t i = 0; i < of_threads_.size(); ++i)
        send(*runtime_.workers[i], of_threads_[i]);
}

void long_handler_reports::send(worker& w, waiting& r) {
    if (!r.event)
        return;
    try {
        // An answer that came in a later step is about other code.
        if (w.sample.is_answered() && w.sample.step() == r.step) {
            const auto all = w.sample.frames();
            r.frames.assign(all.begin(), all.end());
        }
        write({.event = std::move(*r.event), .frames = r.frames});
    } catch (const std::exception&) { // memory
        count_failed_report();
    }
    r.event.reset();
    w.sample.withdraw();
}

void long_handler_reports::write(job j) {
    if (!known_throw_sites.load(std::memory_order_acquire))
        return report_long_handler(std::move(j.event), j.frames, j.of_functions);
    {
        const std::lock_guard hold{lock_};
        if (jobs_.size() >= most_jobs)
            j.of_functions = names::found_at_once;
        jobs_.push_back(std::move(j));
        if (std::exchange(is_working_, true))
            return;
    }
    if (writer_.joinable())
        writer_.join(); // it has said under the lock that it is done
    try {
        writer_ = std::thread{[this] { work(); }};
    } catch (const std::exception&) { // no thread
        work();
    }
}

void long_handler_reports::work() {
    for (;;) {
        std::unique_lock hold{lock_};
        if (jobs_.empty()) {
            is_working_ = false;
            return;
        }
        job j = std::move(jobs_.front());
        jobs_.pop_front();
        hold.unlock();
        report_long_handler(std::move(j.event), j.frames, j.of_functions);
    }
}

} // namespace coppice::detail
