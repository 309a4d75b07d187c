// SPDX-License-Identifier: BSL-1.0
#include "scheduler/thread_observation.hpp"
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <ostream>
#include <string>
#include <vector>

// What the watchdog thread does about a thread, as a table. What it sees of one is tested in
// thread_observation_test.

using namespace std::chrono_literals;
using namespace coppice::detail;

namespace {

using verdict = thread_observation::verdict;
using limits = thread_observation::limits;

constexpr limits usual{.time_slice = 1ms, .long_handler = 100ms};

struct row {
    const char* what;
    thread_view view;
    verdict seen;
    thread_observation::clock::duration age;
    limits set = usual;
    watch_plan expected;
};

std::ostream& operator<<(std::ostream& o, const row& r) { return o << r.what; }

std::string text(const watch_plan& p) {
    std::string all;
    const auto add = [&all](bool is_set, const char* name) {
        if (is_set)
            all += std::string{all.empty() ? "" : ", "} + name;
    };
    add(p.say_time_has_passed, "say_time_has_passed");
    add(p.note_processor, "note_processor");
    add(p.stands_still, "stands_still");
    add(p.is_find, "is_find");
    add(p.say_over_time_slice, "say_over_time_slice");
    add(p.is_stuck, "is_stuck");
    add(p.wants_helper, "wants_helper");
    add(p.send_due_messages, "send_due_messages");
    add(p.let_functions_begin_elsewhere, "let_functions_begin_elsewhere");
    add(p.report_long_handler, "report_long_handler");
    add(p.look_for_lock, "look_for_lock");
    return all;
}

const std::vector<row> table{
    {"a thread that sleeps is let alone", {.asleep = true}, {}, 0ms, usual, {}},
    {"a thread between two processes is told of the time",
     {},
     {},
     0ms,
     usual,
     {.say_time_has_passed = true, .note_processor = true}},
    {"a thread in the same handler may wait for a processor",
     {.in_process = true},
     {.same = true},
     2ms,
     usual,
     {.say_time_has_passed = true,
      .note_processor = true,
      .stands_still = true,
      .is_find = true,
      .look_for_lock = true}},
    {"after ten milliseconds it computes",
     {.in_process = true},
     {.same = true},
     10ms,
     usual,
     {.say_time_has_passed = true, .note_processor = true, .is_find = true, .look_for_lock = true}},
    {"no lock is looked for where long handlers are not reported",
     {.in_process = true},
     {.same = true},
     10ms,
     {.time_slice = 1ms, .long_handler = 0ms},
     {.say_time_has_passed = true, .note_processor = true, .is_find = true}},
    {"a handler of Asio belongs to no process whose lock could be named",
     {.in_handlers = true},
     {.same = true},
     10ms,
     usual,
     {.say_time_has_passed = true, .note_processor = true, .is_find = true}},
    {"a handler over its time slice wants a helper",
     {.in_process = true},
     {.same = true, .offends = true, .is_stuck = true},
     1ms,
     usual,
     {.say_time_has_passed = true,
      .note_processor = true,
      .stands_still = true,
      .is_find = true,
      .say_over_time_slice = true,
      .is_stuck = true,
      .wants_helper = true,
      .look_for_lock = true}},
    {"the timers of a stuck thread fire elsewhere",
     {.in_process = true, .has_due_timers = true},
     {.same = true, .is_stuck = true},
     10ms,
     usual,
     {.say_time_has_passed = true,
      .note_processor = true,
      .is_find = true,
      .is_stuck = true,
      .wants_helper = true,
      .send_due_messages = true,
      .look_for_lock = true}},
    {"due timers are the thread's own while it goes on",
     {.in_process = true, .has_due_timers = true},
     {.same = true},
     10ms,
     usual,
     {.say_time_has_passed = true, .note_processor = true, .is_find = true, .look_for_lock = true}},
    {"functions begin elsewhere after twenty milliseconds",
     {.in_process = true},
     {.same = true, .is_stuck = true},
     20ms,
     usual,
     {.say_time_has_passed = true,
      .note_processor = true,
      .is_find = true,
      .is_stuck = true,
      .wants_helper = true,
      .let_functions_begin_elsewhere = true,
      .look_for_lock = true}},
    {"a long handler is reported",
     {.in_process = true},
     {.same = true, .is_stuck = true, .report = true},
     100ms,
     usual,
     {.say_time_has_passed = true,
      .note_processor = true,
      .is_find = true,
      .is_stuck = true,
      .wants_helper = true,
      .let_functions_begin_elsewhere = true,
      .report_long_handler = true,
      .look_for_lock = true}},
    {"a low-priority thread may compute: it is reported, and no find",
     {.in_process = true, .low_priority = true},
     {.same = true, .report = true},
     100ms,
     usual,
     {.say_time_has_passed = true,
      .note_processor = true,
      .report_long_handler = true,
      .look_for_lock = true}},
    {"a low-priority thread that the kernel blocks gets no helper",
     {.in_process = true, .low_priority = true},
     {.same = true, .is_stuck = true},
     2ms,
     usual,
     {.say_time_has_passed = true,
      .note_processor = true,
      .stands_still = true,
      .is_stuck = true,
      .look_for_lock = true}},
};

} // namespace

BOOST_AUTO_TEST_SUITE(watch_plan_suite)

BOOST_DATA_TEST_CASE(the_plan_follows_from_what_was_seen, table) {
    const watch_plan made = plan_watch(sample.view, sample.seen, sample.age, sample.set);
    BOOST_TEST(text(made) == text(sample.expected));
    BOOST_TEST((made == sample.expected));
}

BOOST_AUTO_TEST_CASE(only_code_of_a_user_is_observed) {
    BOOST_TEST(observed_step({.in_process = true}, 7) == 7);
    BOOST_TEST(observed_step({.in_handlers = true}, 7) == 7);
    BOOST_TEST(observed_step({}, 7) == 0);
    BOOST_TEST(observed_step({.asleep = true, .in_process = true}, 7) == 0);
}

BOOST_AUTO_TEST_CASE(a_low_priority_thread_has_no_time_slice) {
    BOOST_TEST((limits_for({}, usual).time_slice == usual.time_slice));
    const limits low = limits_for({.low_priority = true}, usual);
    BOOST_TEST((low.time_slice == 0ms));
    BOOST_TEST((low.long_handler == usual.long_handler));
}

BOOST_AUTO_TEST_SUITE_END()
