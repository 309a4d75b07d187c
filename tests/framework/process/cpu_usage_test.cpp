// SPDX-License-Identifier: BSL-1.0
#include "process/cpu_usage.hpp"
#include <boost/test/unit_test.hpp>

using namespace std::chrono_literals;
using coppice::detail::cpu_usage;

namespace {
constexpr cpu_usage::clock::time_point start{1h};
}

BOOST_AUTO_TEST_SUITE(cpu_usage_suite)

BOOST_AUTO_TEST_CASE(one_long_handler_is_not_cpu_bound) {
    cpu_usage h;
    h.charge(1s, start);
    h.overrun(start);
    BOOST_TEST(!h.is_cpu_bound(start));
}

BOOST_AUTO_TEST_CASE(two_long_handlers_within_a_second_are_cpu_bound) {
    cpu_usage h;
    h.charge(5ms, start);
    h.overrun(start);
    h.charge(5ms, start + 900ms);
    h.overrun(start + 900ms);
    BOOST_TEST(!h.is_cpu_bound(start + 900ms)); // the first has drained meanwhile
    h.charge(5ms, start + 910ms);
    h.overrun(start + 910ms);
    BOOST_TEST(h.is_cpu_bound(start + 910ms));
}

BOOST_AUTO_TEST_CASE(overruns_are_forgotten_after_a_second) {
    cpu_usage h;
    h.overrun(start);
    h.overrun(start + 1s + 1ns);
    h.charge(20ms, start + 1s + 1ns);
    BOOST_TEST(!h.is_cpu_bound(start + 1s + 1ns));
}

BOOST_AUTO_TEST_CASE(the_bucket_drains_a_twentieth_of_the_time) {
    cpu_usage h;
    h.charge(10ms, start);
    BOOST_TEST((h.level(start + 100ms) == 5ms));
    BOOST_TEST(!h.has_drained(start + 189ms));
    BOOST_TEST(h.has_drained(start + 191ms));
    BOOST_TEST((h.level(start + 1h) == 0ns));
}

BOOST_AUTO_TEST_CASE(time_in_the_run_queue_does_not_drain_the_bucket) {
    cpu_usage h;
    h.charge(10ms, start);
    h.waited(100ms);
    BOOST_TEST((h.level(start + 100ms) == 10ms));
    BOOST_TEST((h.level(start + 200ms) == 5ms));
}

BOOST_AUTO_TEST_CASE(the_bucket_holds_no_more_than_its_size) {
    cpu_usage h;
    h.charge(10s, start);
    BOOST_TEST((h.level(start) == cpu_usage::most));
}

BOOST_AUTO_TEST_CASE(the_lower_usage_ranks_first_until_the_other_has_waited_long_enough) {
    cpu_usage much, little;
    much.charge(20ms, start);
    little.charge(10ms, start);
    BOOST_TEST(little.rank(start) < much.rank(start));
    cpu_usage late;
    late.charge(10ms, start + 300ms);
    BOOST_TEST(much.rank(start) < late.rank(start + 300ms));
}

BOOST_AUTO_TEST_SUITE_END()
