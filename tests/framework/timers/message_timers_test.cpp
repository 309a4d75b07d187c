// SPDX-License-Identifier: BSL-1.0
#include "timers/message_timers.hpp"
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <random>

using namespace std::chrono_literals;
using namespace coppice;
using coppice::detail::due_message;
using coppice::detail::envelope;
using coppice::detail::envelope_ops;
using coppice::detail::message_timers;

BOOST_AUTO_TEST_SUITE(message_timers_suite)

namespace {

constexpr message_timers::clock::time_point start{std::chrono::hours{1}};
constexpr envelope_ops nothing{.what = envelope_ops::kind::message,
                               .key = nullptr,
                               .name = "nothing",
                               .handle = nullptr,
                               .drop = nullptr,
                               .payload = nullptr};

/// Envelopes that are never sent: their addresses tell the timers apart.
std::vector<envelope> envelopes(std::size_t n) {
    return std::vector<envelope>(n, envelope{nothing});
}

} // namespace

BOOST_AUTO_TEST_CASE(a_message_is_due_at_its_tick_and_not_before) {
    message_timers timers;
    timers.start(start);
    auto n = envelopes(1);
    timers.set(start, start + 10ms, pid{}, n.data());
    std::vector<due_message> due;
    timers.take_due(start + 9ms + 999us, due);
    BOOST_TEST(due.empty());
    BOOST_TEST((timers.next() <= start + 10ms));
    timers.take_due(start + 10ms, due);
    BOOST_TEST(due.size() == 1);
    BOOST_TEST((timers.next() == message_timers::clock::time_point::max()));
}

BOOST_AUTO_TEST_CASE(a_cancelled_message_is_given_back_once_and_never_due) {
    message_timers timers;
    timers.start(start);
    auto n = envelopes(1);
    const timer_ref t = timers.set(start, start + 1h, pid{}, n.data());
    const auto c = message_timers::cancel(t);
    BOOST_REQUIRE(c.has_value());
    BOOST_TEST(c->message == n.data());
    BOOST_TEST((c->due == start + 1h));
    BOOST_TEST(!message_timers::cancel(t).has_value());
    std::vector<due_message> due;
    timers.take_due(start + 2h, due);
    BOOST_TEST(due.empty());
}

// OTP: a timer to a process that has ended is cancelled.
BOOST_AUTO_TEST_CASE(messages_to_dead_processes_are_found_a_few_at_a_time) {
    message_timers timers;
    timers.start(start);
    auto n = envelopes(3000);
    std::vector<timer_ref> refs;
    for (std::size_t i = 0; i < n.size(); ++i) // a null pid is never alive
        refs.push_back(timers.set(start, start + std::chrono::seconds{i}, pid{}, &n[i]));
    std::vector<envelope*> found;
    std::size_t looks = 0, before = 0;
    do {
        ++looks;
        before = found.size();
    } while (!timers.take_some_of_the_dead(found) && found.size() - before < 1000);
    BOOST_TEST(looks > 5U);
    BOOST_TEST(found.size() == n.size());
    std::sort(found.begin(), found.end());
    BOOST_TEST((std::unique(found.begin(), found.end()) == found.end()));
    BOOST_TEST(timers.size() == 0U); // the memory of the timers is free, too
    for (const timer_ref& t : refs)
        BOOST_TEST(!message_timers::cancel(t).has_value());
}

// Otherwise a server that sets and cancels a long timer with every message would fill the memory.
BOOST_AUTO_TEST_CASE(cancelled_timers_are_used_again_long_before_they_are_due) {
    message_timers timers;
    timers.start(start);
    auto n = envelopes(1);
    std::size_t most = 0;
    for (int i = 0; i < 100'000; ++i) {
        const timer_ref t = timers.set(start, start + 24h, pid{}, n.data());
        most = std::max(most, timers.size());
        BOOST_REQUIRE(message_timers::cancel(t).has_value());
    }
    BOOST_TEST(most < 4096);
}

BOOST_AUTO_TEST_CASE(all_timers_can_be_taken_before_they_are_due) {
    message_timers timers;
    timers.start(start);
    auto n = envelopes(3);
    timers.set(start, start + 1h, pid{}, &n[0]);
    timers.set(start, message_timers::clock::time_point::max(), pid{}, &n[1]);
    timers.set(start, start - 1h, pid{}, &n[2]);
    std::vector<due_message> due;
    timers.take_all(due);
    BOOST_TEST(due.size() == 3);
}

// Compared with a simple model: a list of due and cancelled messages by time.
BOOST_AUTO_TEST_CASE(everything_is_sent_in_time_or_cancelled_once) {
    const auto seed = std::random_device{}();
    BOOST_TEST_MESSAGE("seed " << seed);
    std::mt19937_64 random{seed};
    message_timers timers;
    timers.start(start);
    constexpr std::size_t count = 5'000;
    auto n = envelopes(count);
    struct expected {
        timer_ref ref;
        message_timers::clock::time_point due;
        bool over = false;
    };
    std::vector<expected> all;
    auto now = start;
    std::size_t over = 0;
    std::vector<due_message> due;
    const auto take = [&] {
        due.clear();
        timers.take_due(now, due);
        std::vector<std::uint64_t> ticks;
        for (const auto& d : due) {
            expected& e = all[static_cast<std::size_t>(d.message - n.data())];
            BOOST_REQUIRE(!std::exchange(e.over, true));
            BOOST_REQUIRE((e.due <= now));
            ticks.push_back(detail::timer_wheel<int>::tick_of(e.due));
        }
        BOOST_REQUIRE(std::is_sorted(ticks.begin(), ticks.end()));
        over += due.size();
        const auto late = [&](const expected& e) { return !e.over && e.due + 250us <= now; };
        BOOST_REQUIRE(std::none_of(all.begin(), all.end(), late)); // late by more than a tick
    };
    while (over < count) {
        if (all.size() < count) { // distances of all magnitudes, up to twelve days
            const std::chrono::microseconds d{(random() % 1000 + 1) << (random() % 31)};
            all.push_back({timers.set(now, now + d, pid{}, &n[all.size()]), now + d});
        }
        if (random() % 3 == 0) {
            expected& e = all[random() % all.size()];
            const auto c = message_timers::cancel(e.ref);
            BOOST_REQUIRE(c.has_value() != e.over);
            over += !std::exchange(e.over, true);
        }
        if (all.size() == count || random() % 8 == 0) {
            now =
                random() % 2 ? std::max(now, std::min(timers.next(), start + 30 * 24h)) : now + 1ms;
            take();
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
