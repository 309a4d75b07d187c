// SPDX-License-Identifier: BSL-1.0
#include "timers/wait_timers.hpp"
#include <boost/test/unit_test.hpp>
#include <random>
#include <vector>

using namespace std::chrono_literals;
using coppice::detail::timer_hook;
using coppice::detail::wait_timers;

namespace {
using clock_type = wait_timers::clock;
constexpr clock_type::time_point start{std::chrono::hours{1}};

struct recorded : timer_hook {
    std::vector<std::uint64_t>* fired = nullptr;
    std::uint64_t id = 0;
};

void record(timer_hook* h) {
    auto* r = static_cast<recorded*>(h);
    r->fired->push_back(r->id);
}

/// A new timer wheel, and a timer that is not armed.
struct one_timer {
    one_timer() {
        w.start(start);
        r.fire = &record;
        r.fired = &fired;
    }
    wait_timers w;
    std::vector<std::uint64_t> fired;
    recorded r;
};
} // namespace

BOOST_FIXTURE_TEST_SUITE(wait_timers_suite, one_timer)

BOOST_AUTO_TEST_CASE(fires_at_its_tick_and_not_before) {
    w.arm(r, wait_timers::tick_of(start + 10ms));
    w.advance(start + 9ms + 999us);
    BOOST_TEST(fired.empty());
    w.advance(start + 10ms);
    BOOST_TEST(fired.size() == 1);
    BOOST_TEST(!r.armed());
}

// The highest level of the wheel wraps after 199 days; a machine may run for longer.
BOOST_AUTO_TEST_CASE(timers_fire_across_the_end_of_a_round) {
    constexpr std::uint64_t round = std::uint64_t{1} << 36;
    constexpr auto time = [](std::uint64_t tick) {
        return clock_type::time_point{250us * static_cast<std::int64_t>(tick)};
    };
    for (const std::uint64_t far : {20ULL, 1ULL << 20, 1ULL << 30, 1ULL << 37, 1ULL << 41}) {
        w.start(time(round - 10));
        w.arm(r, round - 10 + far);
        w.advance(time(round - 11 + far));
        BOOST_TEST(fired.empty());
        w.advance(time(round - 10 + far));
        BOOST_TEST(fired.size() == 1);
        fired.clear();
    }
}

BOOST_AUTO_TEST_CASE(a_disarmed_timer_never_fires) {
    w.arm(r, wait_timers::tick_of(start + 1h));
    r.disarm();
    w.advance(start + 2h);
    BOOST_TEST(fired.empty());
}

BOOST_AUTO_TEST_CASE(a_timer_that_is_due_already_fires_at_the_next_advance) {
    w.arm(r, wait_timers::tick_of(start - 1s));
    w.advance(start + 1ms);
    BOOST_TEST(fired.size() == 1);
}

BOOST_AUTO_TEST_CASE(a_limit_armed_without_a_clock_lasts_from_the_next_look_on) {
    w.arm_at_next_look(r, 5s);
    BOOST_TEST(r.armed());
    BOOST_TEST((w.next() == clock_type::time_point::max()));
    w.look(start + 3ms);
    BOOST_TEST((w.next() <= start + 5s + 3ms));
    w.advance(start + 5s + 2ms);
    BOOST_TEST(fired.empty());
    w.advance(start + 5s + 3ms);
    BOOST_TEST(fired.size() == 1);
}

BOOST_AUTO_TEST_CASE(a_limit_taken_back_before_the_next_look_never_fires) {
    w.arm_at_next_look(r, 1s);
    r.disarm();
    w.advance(start + 1h);
    BOOST_TEST(fired.empty());
    w.arm_at_next_look(r, clock_type::duration::max());
    w.advance(start + 2h);
    BOOST_TEST((w.next() > start + std::chrono::hours{24 * 30}));
    r.disarm();
}

// The wheel compared with a simple model: a list sorted by due time.
BOOST_AUTO_TEST_CASE(fires_everything_once_in_order_whatever_the_distance) {
    const auto seed = std::random_device{}();
    BOOST_TEST_MESSAGE("seed " << seed);
    std::mt19937_64 random{seed};
    std::vector<recorded> timers(2000);
    for (auto& t : timers) {
        t.fire = &record;
        t.fired = &fired;
        // Distances of all magnitudes, up to twelve days.
        const auto d = std::chrono::milliseconds{
            static_cast<std::int64_t>((random() % 1000 + 1) << (random() % 21))};
        t.id = wait_timers::tick_of(start + d);
        w.arm(t, t.id);
    }
    auto now = start;
    while (fired.size() < timers.size()) {
        BOOST_REQUIRE((w.next() != clock_type::time_point::max()));
        const std::size_t before = fired.size();
        now = std::max(now + 1ms, w.next());
        w.advance(now);
        for (std::size_t i = before; i < fired.size(); ++i)
            BOOST_REQUIRE((wait_timers::time_of(fired[i]) <= now));
    }
    BOOST_TEST(std::is_sorted(fired.begin(), fired.end()));
    BOOST_TEST((w.next() == clock_type::time_point::max()));
}

BOOST_AUTO_TEST_SUITE_END()
