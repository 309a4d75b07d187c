// SPDX-License-Identifier: BSL-1.0
#include "process/heat.hpp"
#include <boost/test/unit_test.hpp>

using namespace std::chrono_literals;
using coppice::detail::heat;

namespace {
constexpr heat::clock::time_point start{1h};
}

BOOST_AUTO_TEST_SUITE(heat_suite)

BOOST_AUTO_TEST_CASE(one_long_handler_makes_no_hog) {
    heat h;
    h.charge(1s, start);
    h.offend(start);
    BOOST_TEST(!h.is_hog(start));
}

BOOST_AUTO_TEST_CASE(two_long_handlers_within_a_second_make_one) {
    heat h;
    h.charge(5ms, start);
    h.offend(start);
    h.charge(5ms, start + 900ms);
    h.offend(start + 900ms);
    BOOST_TEST(!h.is_hog(start + 900ms)); // the first has leaked out meanwhile
    h.charge(5ms, start + 910ms);
    h.offend(start + 910ms);
    BOOST_TEST(h.is_hog(start + 910ms));
}

BOOST_AUTO_TEST_CASE(offences_are_forgotten_after_a_second) {
    heat h;
    h.offend(start);
    h.offend(start + 1s + 1ns);
    h.charge(20ms, start + 1s + 1ns);
    BOOST_TEST(!h.is_hog(start + 1s + 1ns));
}

BOOST_AUTO_TEST_CASE(a_twentieth_of_all_time_leaks_out) {
    heat h;
    h.charge(10ms, start);
    BOOST_TEST((h.level(start + 100ms) == 5ms));
    BOOST_TEST(!h.is_cool(start + 189ms));
    BOOST_TEST(h.is_cool(start + 191ms));
    BOOST_TEST((h.level(start + 1h) == 0ns));
}

BOOST_AUTO_TEST_CASE(who_waits_for_its_turn_does_not_cool) {
    heat h;
    h.charge(10ms, start);
    h.waited(100ms);
    BOOST_TEST((h.level(start + 100ms) == 10ms));
    BOOST_TEST((h.level(start + 200ms) == 5ms));
}

BOOST_AUTO_TEST_CASE(it_holds_no_more_than_its_most) {
    heat h;
    h.charge(10s, start);
    BOOST_TEST((h.level(start) == heat::most));
}

BOOST_AUTO_TEST_CASE(the_cooler_one_ranks_first_until_the_other_has_waited_long_enough) {
    heat hot, cool;
    hot.charge(20ms, start);
    cool.charge(10ms, start);
    BOOST_TEST(cool.rank(start) < hot.rank(start));
    heat late;
    late.charge(10ms, start + 300ms);
    BOOST_TEST(hot.rank(start) < late.rank(start + 300ms));
}

BOOST_AUTO_TEST_SUITE_END()
