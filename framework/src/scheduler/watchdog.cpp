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
constexpr auto patience = 100ms;   // without a find, before it looks less often
constexpr auto before_sleep = 2ms; // of all other threads
constexpr unsigned looks_a_rescue = 16;

class costs_of final : public thread_observation::costs {
public:
    costs_of(const worker& w, clockid_t clock) : worker_{w}, clock_{clock} {}

    std::chrono::nanoseconds cpu() override {
        timespec t{};
        clock_gettime(clock_, &t);
        return std::chrono::seconds{t.tv_sec} + std::chrono::nanoseconds{t.tv_nsec};
    }
    bool blocked_in_kernel() override {
        std::ifstream file{"/proc/self/task/" + std::to_string(worker_.watched.tid()) + "/stat"};
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
    runtime_.wake_watchdog();
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
    if (const volatile std::uint32_t* const processor = w.watched.processor())
        awake_.push_back({thread, *processor, w.kind, still});
}

void watchdog::make_one_move() {
    if (const auto move = plan_move(awake_))
        move_thread(move->thread ? runtime_.workers[*move->thread]->watched.tid() : 0,
                    move->processor);
}

void watchdog::send_due_messages(worker& stuck, thread_observation::clock::time_point now) {
    stuck.timers.messages.take_due(now, due_);
    post_due(due_);
    due_.clear();
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
        const watch_plan plan = look_at(i, now);
        found |= plan.is_find;
        stuck += plan.wants_helper;
    }
    want_helpers(stuck);
    make_one_move();
    return found;
}

watch_plan watchdog::look_at(std::size_t thread, thread_observation::clock::time_point now) {
    worker& w = *runtime_.workers[thread];
    const std::uint64_t step = w.watched.steps_seen();
    const process* const p = w.watched.runs();
    const thread_view view{.asleep = sleeps(w),
                           .in_process = p != nullptr,
                           .in_handlers = w.watched.is_in_handlers(),
                           .low_priority = w.kind == thread_class::low_priority,
                           .has_due_timers = w.timers.messages.is_due(now)};
    costs_of costs{w, cpu_clocks_[thread]};
    const auto verdict =
        seen_[thread].look(now, observed_step(view, step), limits_for(view, limits_), costs);
    const auto age = seen_[thread].age(now);
    const watch_plan plan = plan_watch(view, verdict, age, limits_);

    if (plan.say_time_has_passed)
        w.watched.say_time_has_passed();
    if (plan.note_processor)
        note_where_it_stands(thread, plan.stands_still);
    if (plan.say_over_time_slice)
        w.watched.say_over_time_slice(step, seen_[thread].cpu_at_first() -
                                                shortest_period); // it ran before it was seen
    w.watched.set_stuck(plan.is_stuck);
    if (plan.is_stuck)
        if (process* const next = w.newest.take_away())
            runtime_.overflow.add(next); // want_helpers publishes it
    if (plan.send_due_messages)
        send_due_messages(w, now);
    if (plan.let_functions_begin_elsewhere)
        let_begin_anywhere(w.handed_over);
    if (plan.report_long_handler)
        reports_->begin(thread, p, step, age, now);
    if (plan.look_for_lock && locks_[thread].is_due(step, age))
        locks_[thread].look(w, *p, age, costs.cpu() - seen_[thread].cpu_at_first());
    return plan;
}

void watchdog::watch() {
    enter_class(thread_class::normal);
    name_thread("coppice/watch");
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
            runtime_.watch_wakeup.sleep_if([this] { return all_sleep(); }, more_to_do);
            last_awake = thread_observation::clock::now();
        }
    }
    reports_->send_all();
}

} // namespace coppice::detail
