// SPDX-License-Identifier: BSL-1.0
#include "timers/timer_slack.hpp"
#include <boost/test/unit_test.hpp>

using coppice::detail::timer_slack;
using namespace std::chrono_literals;

namespace {

constexpr timer_slack::clock::time_point now{1h}, soon = now + 250us;

struct sleeper {
    timer_slack slack;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(timer_slack_suite, sleeper)

BOOST_AUTO_TEST_CASE(a_thread_that_sent_nothing_yet_wakes_up_on_time) {
    BOOST_TEST((slack.wake_up_time(soon) == soon));
}

BOOST_AUTO_TEST_CASE(a_few_timers_are_on_time) {
    slack.sent(timer_slack::burst - 1, now);
    BOOST_TEST((slack.wake_up_time(soon) == soon));
}

BOOST_AUTO_TEST_CASE(after_a_burst_of_timers_a_thread_sleeps_a_millisecond) {
    slack.sent(timer_slack::burst, now);
    BOOST_TEST((slack.wake_up_time(soon) == now + 1ms));
    BOOST_TEST((slack.wake_up_time(now + 2ms) == now + 2ms));
}

BOOST_AUTO_TEST_CASE(a_thread_without_timers_is_not_woken) {
    slack.sent(timer_slack::burst, now);
    BOOST_TEST((slack.wake_up_time(timer_slack::clock::time_point::max()) ==
                timer_slack::clock::time_point::max()));
}

BOOST_AUTO_TEST_CASE(after_the_burst_timers_are_on_time_again) {
    slack.sent(timer_slack::burst, now);
    slack.sent(1, now + 1ms);
    BOOST_TEST((slack.wake_up_time(now + 1250us) == now + 1250us));
}

BOOST_AUTO_TEST_SUITE_END()
