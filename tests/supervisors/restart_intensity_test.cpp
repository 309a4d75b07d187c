// SPDX-License-Identifier: BSL-1.0
#include <boost/test/unit_test.hpp>
#include <coppice/restart_intensity.hpp>

using namespace std::chrono_literals;

namespace {
coppice::restart_intensity::clock::time_point at(std::chrono::nanoseconds since_start) {
    return coppice::restart_intensity::clock::time_point{1h} + since_start;
}
} // namespace

BOOST_AUTO_TEST_SUITE(restart_intensity_suite)

// OTP supervisor, Maximum Restart Intensity: "more than MaxR number of restarts".
BOOST_AUTO_TEST_CASE(gives_up_on_one_restart_more_than_allowed) {
    coppice::restart_intensity intensity{{.max_restarts = 1, .period = 5s}};
    BOOST_TEST(intensity.record(at(0s)));
    BOOST_TEST(!intensity.record(at(5s)));
}

BOOST_AUTO_TEST_CASE(forgets_a_restart_older_than_the_period) {
    coppice::restart_intensity intensity{{.max_restarts = 1, .period = 5s}};
    BOOST_TEST(intensity.record(at(0s)));
    BOOST_TEST(intensity.record(at(5s + 1ns)));
}

// OTP supervisor: "If MaxR is 0, no restarts are allowed".
BOOST_AUTO_TEST_CASE(an_intensity_of_zero_grants_nothing) {
    coppice::restart_intensity intensity{{.max_restarts = 0, .period = 5s}};
    BOOST_TEST(!intensity.record(at(0s)));
}

BOOST_AUTO_TEST_CASE(the_window_slides_with_each_restart) {
    coppice::restart_intensity intensity{{.max_restarts = 2, .period = 5s}};
    BOOST_TEST(intensity.record(at(0s)));
    BOOST_TEST(intensity.record(at(4s)));
    BOOST_TEST(intensity.record(at(6s)));
    BOOST_TEST(!intensity.record(at(8s)));
}

BOOST_AUTO_TEST_CASE(says_how_many_restarts_are_left) {
    coppice::restart_intensity intensity{{.max_restarts = 3, .period = 5s}};
    BOOST_TEST(intensity.left(at(0s)) == 3U);
    BOOST_TEST(intensity.record(at(0s)));
    BOOST_TEST(intensity.record(at(1s)));
    BOOST_TEST(intensity.left(at(1s)) == 1U);
    BOOST_TEST(intensity.left(at(5s + 1ns)) == 2U);
    BOOST_TEST(intensity.left(at(1h)) == 3U);
}

BOOST_AUTO_TEST_SUITE_END()
