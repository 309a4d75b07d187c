// SPDX-License-Identifier: BSL-1.0
#include "scheduler/thread_observation.hpp"
#include <boost/test/unit_test.hpp>

using namespace std::chrono_literals;
using coppice::detail::thread_observation;

namespace {

constexpr thread_observation::clock::time_point start{1h};

struct told final : thread_observation::costs {
    std::chrono::nanoseconds used{0};
    bool blocked = false;
    std::chrono::nanoseconds cpu() override { return used; }
    bool blocked_in_kernel() override { return blocked; }
};

/// A thread that is observed every half millisecond, with a time slice of 1 ms and reports after
/// 100 ms.
struct one_thread {
    thread_observation s;
    told costs;
    thread_observation::clock::time_point now = start;

    /// Time passes, and the thread uses `cpu` of it.
    thread_observation::verdict look(std::uint64_t step, std::chrono::nanoseconds cpu) {
        now += 500us;
        costs.used += cpu;
        return s.look(now, step, {.time_slice = 1ms, .long_handler = 100ms}, costs);
    }
    /// Runs the same handler until it overruns, at most `most` looks; returns the number of looks.
    int looks_until_overrun(std::chrono::nanoseconds cpu, int most) {
        for (int i = 1; i <= most; ++i)
            if (look(7, cpu).offends)
                return i;
        return 0;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(thread_observation_suite, one_thread)

BOOST_AUTO_TEST_CASE(a_handler_that_computes_past_its_budget_overruns_once) {
    BOOST_TEST(looks_until_overrun(500us, 10) ==
               3); // the first look, then two halves of the time slice
    const auto later = look(7, 500us);
    BOOST_TEST(!later.offends);
    BOOST_TEST(later.is_stuck); // until the handler ends
    BOOST_TEST(!look(8, 500us).is_stuck);
}

BOOST_AUTO_TEST_CASE(short_handlers_never_overrun) {
    for (std::uint64_t step = 1; step < 100; ++step) {
        const auto v = look(step, 500us);
        BOOST_TEST(!v.same);
        BOOST_TEST(!v.is_stuck);
    }
}

BOOST_AUTO_TEST_CASE(a_thread_that_gets_no_processor_does_not_overrun) {
    BOOST_TEST(looks_until_overrun(0us, 150) == 0);
    BOOST_TEST(!look(7, 0us).report);
    BOOST_TEST(looks_until_overrun(500us, 2) == 1); // now the thread got a processor
}

BOOST_AUTO_TEST_CASE(a_handler_that_blocks_its_thread_is_stuck_without_an_overrun) {
    costs.blocked = true;
    look(7, 0us);
    look(7, 0us);
    const auto v = look(7, 0us);
    BOOST_TEST(v.is_stuck);
    BOOST_TEST(!v.offends);
}

BOOST_AUTO_TEST_CASE(a_long_handler_is_reported_and_again_after_ten_times_as_long) {
    std::vector<std::chrono::milliseconds> reports;
    for (int i = 0; i < 2100; ++i)
        if (look(7, 500us).report)
            reports.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(s.age(now)));
    BOOST_TEST(reports.size() == 2U);
    BOOST_TEST((reports[0] == 100ms));
    BOOST_TEST((reports[1] == 1000ms));
}

BOOST_AUTO_TEST_CASE(a_thread_that_runs_no_user_code_never_overruns) {
    for (int i = 0; i < 300; ++i) {
        const auto v = look(0, 500us);
        BOOST_TEST((!v.same && !v.offends && !v.is_stuck && !v.report));
    }
}

BOOST_AUTO_TEST_SUITE_END()
