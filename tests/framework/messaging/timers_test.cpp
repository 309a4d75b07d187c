// SPDX-License-Identifier: BSL-1.0
#include "in_simulation.hpp"
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <coppice/runtime.hpp>
#include <thread>

using namespace coppice;
using namespace std::chrono_literals;

namespace {
struct tick {
    int n;
};

/// Counts its instances.
struct counted_message {
    static inline std::atomic<int> living{0};
    counted_message() { ++living; }
    counted_message(const counted_message&) { ++living; }
    counted_message(counted_message&&) noexcept { ++living; }
    ~counted_message() { --living; }
    counted_message& operator=(const counted_message&) = default;
    counted_message& operator=(counted_message&&) = default;
};
} // namespace

BOOST_AUTO_TEST_SUITE(timers_suite)

// PRC-054.
BOOST_AUTO_TEST_CASE(a_message_for_later_comes_once_at_its_time) {
    in_simulation([] {
        const auto before = this_process::now();
        this_process::self().send_after(3s, tick{1});
        BOOST_TEST(this_process::receive<tick>().n == 1);
        const auto waited = this_process::now() - before;
        BOOST_TEST((waited >= 3s && waited < 3s + 10ms));
        BOOST_TEST(!this_process::receive<tick>(1h));
    });
}

BOOST_AUTO_TEST_CASE(a_cancelled_timer_tells_what_was_left_and_sends_nothing) {
    in_simulation([] {
        timer_ref t = this_process::self().send_after(10s, tick{1});
        this_process::sleep(4s);
        const auto left = t.cancel();
        BOOST_REQUIRE(left.has_value());
        BOOST_TEST((*left > 5s && *left <= 6s));
        BOOST_TEST(t.cancel().has_error());
        BOOST_TEST(!this_process::receive<tick>(1h));
    });
}

BOOST_AUTO_TEST_CASE(a_timer_that_has_fired_cannot_be_cancelled) {
    in_simulation([] {
        timer_ref t = this_process::self().send_after(1s, tick{1});
        this_process::receive<tick>();
        BOOST_TEST((t.cancel().error().code == errc::not_found));
        // Its memory belongs to another timer now, which the old reference must not cancel.
        this_process::self().send_after(1s, tick{2});
        BOOST_TEST(t.cancel().has_error());
        BOOST_TEST(this_process::receive<tick>().n == 2);
    });
}

BOOST_AUTO_TEST_CASE(timers_fire_in_the_order_of_their_times) {
    in_simulation([] {
        for (int i : {5, 1, 4, 2, 3})
            this_process::self().send_after(std::chrono::seconds{i}, tick{i});
        for (int i = 1; i <= 5; ++i)
            BOOST_TEST(this_process::receive<tick>().n == i);
    });
}

BOOST_AUTO_TEST_CASE(a_delayed_message_is_dropped_once_when_the_runtime_stops) {
    for (int round = 0; round < 10; ++round) {
        runtime::start({.threads = 2});
        std::atomic<int> ready{0};
        for (int i = 0; i < 10; ++i)
            spawn([&] {
                for (int k = 0; k < 2000; ++k)
                    this_process::self().send_after(k * 100us, counted_message{});
                ++ready;
                this_process::sleep(infinity);
            });
        while (ready < 10)
            std::this_thread::yield();
        BOOST_TEST(counted_message::living == 10 * 2000);
        runtime::stop();
        BOOST_TEST_REQUIRE(counted_message::living == 0);
    }
}

// A thread stores a limit of seconds without reading the clock, and reads it before it sleeps.
BOOST_AUTO_TEST_CASE(a_limit_of_a_second_ends_a_wait_in_real_time_too) {
    runtime::run([] {
        const auto before = this_process::now();
        BOOST_TEST(!this_process::receive<tick>(1s));
        BOOST_TEST((this_process::now() - before >= 1s));
    });
}

BOOST_AUTO_TEST_SUITE_END()
