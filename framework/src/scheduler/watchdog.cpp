// SPDX-License-Identifier: BSL-1.0
#include "scheduler/watchdog.hpp"
#include "log/report_events.hpp"
#include "scheduler/long_handler_report.hpp"
#include "scheduler/runtime_state.hpp"
#include "support/thread_sleep.hpp"
#include <fstream>
#include <pthread.h>

namespace coppice::detail {
namespace {

using namespace std::chrono_literals;

constexpr auto shortest_period = 500us;
constexpr auto longest_period = 2ms;
constexpr auto before_others_begin = 20ms; // what was handed over to a thread that is stuck
constexpr auto longest_wait = 10ms;        // for a processor; who stands still for longer computes
constexpr auto patience = 100ms;           // without a find, before it looks less often
constexpr auto before_sleep = 2ms;         // of all other threads
constexpr unsigned looks_a_rescue = 16;
constexpr double share_of_processor = 0.4; // of a limit: less, and the thread was kept from running

class costs_of final : public thread_observation::costs {
public:
    costs_of(const worker& w, clockid_t clock) : worker_{w}, clock_{clock} {}

    std::chrono::nanoseconds cpu() override {
        timespec t{};
        clock_gettime(clock_, &t);
        return std::chrono::seconds{t.tv_sec} + std::chrono::nanoseconds{t.tv_nsec};
    }
    bool blocked_in_kernel() override {
        std::ifstream file{"/proc/self/task/" + std::to_string(worker_.tid.load()) + "/stat"};
        std::string line;
        std::getline(file, line);
        const auto bracket = line.rfind(')'); // the state stands behind the name
        return bracket != line.npos && bracket + 2 < line.size() &&
               (line[bracket + 2] == 'S' || line[bracket + 2] == 'D');
    }

private:
    const worker& worker_;
    clockid_t clock_;
};

bool sleeps(const worker& w) noexcept {
    return w.place.parked.load(std::memory_order_relaxed) != nullptr;
}

} // namespace

bool thread_observation::really_takes(clock::duration limit, costs& c) const {
    return c.cpu() - cpu_ >= std::chrono::duration<double, std::nano>{limit} * share_of_processor ||
           c.blocked_in_kernel();
}

thread_observation::verdict thread_observation::look(clock::time_point now,
                                                     std::uint64_t step,
                                                     const limits& l,
                                                     costs& c) {
    if (step == 0 || step != step_) {
        *this = {};
        step_ = step;
        since_ = now;
        report_at_ = l.long_handler;
        return {};
    }
    verdict v{.same = true};
    if (!has_cpu_) {
        cpu_ = c.cpu();
        has_cpu_ = true;
    }
    if (l.time_slice > l.time_slice.zero() && !stuck_ && age(now) >= l.time_slice) {
        v.offends = c.cpu() - cpu_ >=
                    std::chrono::duration<double, std::nano>{l.time_slice} * share_of_processor;
        stuck_ = v.offends || c.blocked_in_kernel();
    }
    v.is_stuck = stuck_;
    if (l.long_handler > l.long_handler.zero() && age(now) >= report_at_ &&
        really_takes(report_at_, c)) {
        v.report = true;
        report_at_ *= 10;
    }
    return v;
}

watchdog::watchdog(runtime_state& runtime,
                   std::chrono::steady_clock::duration time_slice,
                   std::chrono::steady_clock::duration long_handler)
    : runtime_{runtime},
      limits_{.time_slice = time_slice, .long_handler = long_handler},
      seen_(runtime.workers.size()),
      locks_(runtime.workers.size()),
      reports_{std::make_unique<long_handler_reports>(runtime)},
      dead_timers_{runtime} {
    for (auto& t : runtime.threads) {
        clockid_t clock = CLOCK_MONOTONIC;
        pthread_getcpuclockid(t.native_handle(), &clock);
        cpu_clocks_.push_back(clock);
    }
    thread_ = std::thread{[this] { watch(); }};
}

watchdog::~watchdog() {
    stop_.store(true, std::memory_order_relaxed);
    runtime_.bell.ring();
    thread_.join();
}

bool watchdog::all_sleep() const {
    for (const auto& w : runtime_.workers)
        if (!sleeps(*w))
            return false;
    return !stop_.load(std::memory_order_relaxed);
}

void watchdog::want_helpers(unsigned stuck) {
    const unsigned before = runtime_.helpers_wanted.exchange(stuck, std::memory_order_relaxed);
    if (stuck == 0)
        return;
    runtime_.idle.published(); // a thread that is awake, or wakes easily, helps at once
    if (stuck > before || runtime_.helpers.load(std::memory_order_relaxed) < stuck)
        runtime_.spares.published();
}

void watchdog::note_where_it_stands(std::size_t thread, bool still) {
    const worker& w = *runtime_.workers[thread];
    if (w.tid.load(std::memory_order_acquire) == 0 || !w.processor)
        return;
    const auto* const processor = static_cast<const volatile std::uint32_t*>(w.processor);
    awake_.push_back({thread, *processor, w.kind, still});
}

void watchdog::make_one_move() {
    if (const auto move = plan_move(awake_))
        move_thread(move->thread ? runtime_.workers[*move->thread]->tid.load() : 0,
                    move->processor);
}

void watchdog::let_begin_anywhere(overflow_queue& functions) {
    while (process* p = functions.pop(1, 0, [](process*) {})) {
        p->placed = placement::anywhere;
        runtime_.overflow.add(p); // want_helpers publishes it
    }
}

bool watchdog::look_at_all(thread_observation::clock::time_point now) {
    awake_.clear();
    unsigned stuck = 0;
    bool found = false;
    for (std::size_t i = 0; i < seen_.size(); ++i) {
        worker& w = *runtime_.workers[i];
        const bool asleep = sleeps(w);
        if (!asleep)
            w.watchdog_flags.fetch_or(worker::flag_time_has_passed, std::memory_order_relaxed);
        const std::uint64_t step = w.steps.load(std::memory_order_acquire);
        const process* p = w.runs.load(std::memory_order_relaxed);
        const bool in_handlers = !p && w.in_handlers.load(std::memory_order_relaxed);
        const bool is_low_priority = w.kind == thread_class::low_priority;
        thread_observation::limits l = limits_;
        if (is_low_priority)
            l.time_slice = l.time_slice.zero();
        costs_of c{w, cpu_clocks_[i]};
        const auto v = seen_[i].look(now, (p || in_handlers) && !asleep ? step : 0, l, c);
        if (!asleep)
            note_where_it_stands(i, v.same && seen_[i].age(now) < longest_wait);
        found |= v.same && !is_low_priority;
        if (v.offends) {
            // It ran for a while before it was seen first.
            w.offence_cpu.store((seen_[i].cpu_at_first() - shortest_period).count(),
                                std::memory_order_relaxed);
            w.offence_step.store(step, std::memory_order_relaxed);
            w.watchdog_flags.fetch_or(worker::flag_over_time_slice, std::memory_order_relaxed);
        }
        w.stuck.store(v.is_stuck, std::memory_order_relaxed);
        stuck += v.is_stuck && !is_low_priority;
        if (v.is_stuck)
            if (process* p = w.newest.take_away())
                runtime_.overflow.add(p); // want_helpers publishes it
        if (v.is_stuck && w.later.is_due(now)) {
            w.later.take_due(now, letters_);
            post_due(letters_);
            letters_.clear();
        }
        if (v.is_stuck && seen_[i].age(now) >= before_others_begin)
            let_begin_anywhere(w.handed_over);
        if (v.report)
            reports_->begin(i, p, step, seen_[i].age(now), now);
        if (p && v.same && limits_.long_handler > limits_.long_handler.zero() &&
            locks_[i].is_due(step, seen_[i].age(now)))
            locks_[i].look(w, *p, seen_[i].age(now), c.cpu() - seen_[i].cpu_at_first());
    }
    want_helpers(stuck);
    make_one_move();
    return found;
}

void watchdog::watch() {
    enter_class(thread_class::normal);
    name_thread("coppice/monitor");
    auto last_find = thread_observation::clock::now(), last_awake = last_find;
    thread_observation::clock::duration period = shortest_period;
    for (unsigned looks = 0; !stop_.load(std::memory_order_relaxed); ++looks) {
        sleep_thread(period);
        const auto now = thread_observation::clock::now();
        if (look_at_all(now))
            last_find = now;
        period = now - last_find < patience
                     ? shortest_period
                     : std::min<thread_observation::clock::duration>(period * 2, longest_period);
        if (looks % looks_a_rescue == 0)
            if (process* p = runtime_.low_priority.rescue(now)) {
                runtime_.overflow.add(p);
                runtime_.idle.published();
            }
        const auto more_to_do =
            std::min(memory_.work(now, runtime_.ended()), dead_timers_.work(now));
        if (reports_->send_due(now) || !all_sleep())
            last_awake = now;
        else if (now - last_awake >= before_sleep) {
            runtime_.bell.sleep_if([this] { return all_sleep(); }, more_to_do);
            last_awake = thread_observation::clock::now();
        }
    }
    reports_->send_all();
}

} // namespace coppice::detail
