// SPDX-License-Identifier: BSL-1.0
#include "scheduler/watched_thread.hpp"
#include <boost/test/unit_test.hpp>

using coppice::detail::watched_thread;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(watched_thread_suite)

BOOST_AUTO_TEST_CASE(an_overrun_is_told_once) {
    watched_thread t;
    t.step(nullptr);
    t.say_over_time_slice(t.steps(), 3ms);
    BOOST_TEST(t.is_told_of_time_slice());
    BOOST_TEST(t.take_overrun());
    BOOST_TEST((t.cpu_before_overrun() == 3ms));
    BOOST_TEST(!t.take_overrun());
}

BOOST_AUTO_TEST_CASE(an_overrun_of_an_earlier_step_is_not_what_runs_now) {
    watched_thread t;
    t.step(nullptr);
    t.say_over_time_slice(t.steps(), 0ms);
    t.step(nullptr);
    BOOST_TEST(!t.take_overrun());
    BOOST_TEST(!t.is_told_of_time_slice());
}

BOOST_AUTO_TEST_CASE(time_and_overrun_are_told_apart) {
    watched_thread t;
    t.say_time_has_passed();
    t.say_over_time_slice(t.steps(), 0ms);
    t.forget_time();
    BOOST_TEST(!t.is_told_of_time());
    BOOST_TEST(t.is_told_of_time_slice());
    BOOST_TEST(t.is_told_anything());
}

BOOST_AUTO_TEST_CASE(a_thread_that_does_not_run_yet_stands_nowhere) {
    watched_thread t;
    const std::uint32_t processor = 1;
    BOOST_TEST(!t.processor());
    t.has_begun(7, &processor);
    BOOST_TEST((t.processor() == &processor));
    BOOST_TEST(t.tid() == 7);
}

BOOST_AUTO_TEST_SUITE_END()
