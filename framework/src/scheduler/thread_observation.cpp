// SPDX-License-Identifier: BSL-1.0
#include "scheduler/thread_observation.hpp"

namespace coppice::detail {
namespace {

using namespace std::chrono_literals;

constexpr auto before_others_begin = 20ms; // what was handed over to a thread that is stuck
constexpr auto longest_wait = 10ms;        // for a processor; what stands still for longer computes
constexpr double share_of_processor = 0.4; // of a limit: less, and the thread was kept from running

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

std::uint64_t observed_step(const thread_view& view, std::uint64_t step) noexcept {
    return !view.asleep && (view.in_process || view.in_handlers) ? step : 0;
}

thread_observation::limits limits_for(const thread_view& view,
                                      const thread_observation::limits& all) noexcept {
    return {.time_slice = view.low_priority ? all.time_slice.zero() : all.time_slice,
            .long_handler = all.long_handler};
}

watch_plan plan_watch(const thread_view& view,
                      const thread_observation::verdict& v,
                      thread_observation::clock::duration age,
                      const thread_observation::limits& l) noexcept {
    return {.say_time_has_passed = !view.asleep,
            .note_processor = !view.asleep,
            .stands_still = v.same && age < longest_wait,
            .is_find = v.same && !view.low_priority,
            .say_over_time_slice = v.offends,
            .is_stuck = v.is_stuck,
            .wants_helper = v.is_stuck && !view.low_priority,
            .send_due_messages = v.is_stuck && view.has_due_timers,
            .let_functions_begin_elsewhere = v.is_stuck && age >= before_others_begin,
            .report_long_handler = v.report,
            .look_for_lock = view.in_process && v.same && l.long_handler > l.long_handler.zero()};
}

} // namespace coppice::detail
