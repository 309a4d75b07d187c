// SPDX-License-Identifier: BSL-1.0
#include <boost/test/unit_test.hpp>
#include <coppice/backoff.hpp>

using namespace std::chrono_literals;

BOOST_TEST_DONT_PRINT_LOG_VALUE(std::chrono::steady_clock::duration)

BOOST_AUTO_TEST_SUITE(backoff_suite)

BOOST_AUTO_TEST_CASE(is_off_by_default_and_costs_no_time) {
    const coppice::backoff none;
    BOOST_TEST(!none.enabled());
    BOOST_TEST(none.delay(7, 0.5) == 0ns);
}

BOOST_AUTO_TEST_CASE(doubles_from_min_up_to_max) {
    const coppice::backoff b{.min = 100ms, .max = 1s, .jitter = 0};
    BOOST_TEST(b.delay(1, 0) == 100ms);
    BOOST_TEST(b.delay(2, 0) == 200ms);
    BOOST_TEST(b.delay(4, 0) == 800ms);
    BOOST_TEST(b.delay(5, 0) == 1s);
    BOOST_TEST(b.delay(6, 0) == 1s);
}

BOOST_AUTO_TEST_CASE(never_overflows_however_often_a_child_fails) {
    using duration = coppice::backoff::duration;
    const coppice::backoff b{.min = 1ns, .max = duration::max(), .jitter = 0};
    BOOST_TEST(b.delay(64, 0) == duration::max());
    BOOST_TEST(b.delay(1'000'000, 0) == duration::max());
}

BOOST_AUTO_TEST_CASE(jitter_only_shortens_and_at_most_by_its_share) {
    const coppice::backoff b{.min = 1s, .max = 1s, .jitter = 0.25};
    BOOST_TEST(b.delay(1, 0) == 1s);
    BOOST_TEST(b.delay(1, 0.5) == 875ms);
    BOOST_TEST(b.delay(1, 0.999'999) > 750ms);
}

BOOST_AUTO_TEST_CASE(a_child_that_lived_long_enough_starts_afresh) {
    const coppice::backoff b{.min = 1s, .stable_after = 60s};
    BOOST_TEST(b.failures(5, 59s) == 6U);
    BOOST_TEST(b.failures(5, 60s) == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
