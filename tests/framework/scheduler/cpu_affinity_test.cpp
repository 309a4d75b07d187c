// SPDX-License-Identifier: BSL-1.0
#include "scheduler/cpu_affinity.hpp"
#include <boost/test/unit_test.hpp>
#include <sched.h>
#include <vector>

using namespace coppice::detail;

namespace {

constexpr auto normal = thread_class::normal, low = thread_class::low_priority;

std::optional<proposed_move> plan(const std::vector<standing>& awake) { return plan_move(awake); }

} // namespace

BOOST_AUTO_TEST_SUITE(cpu_affinity_suite)

BOOST_AUTO_TEST_CASE(no_thread_moves_while_all_make_progress) {
    BOOST_TEST(!plan({}));
    BOOST_TEST(!plan({{0, 0, normal}, {1, 0, normal}, {2, 1, low}}));
    BOOST_TEST(!plan({{0, 0, normal}, {2, 0, low, true}}));
}

BOOST_AUTO_TEST_CASE(the_watchdog_moves_to_the_processor_of_a_low_priority_thread) {
    const auto m = plan({{0, 0, normal}, {1, 1, normal, true}, {2, 0, low}, {3, 1, low}});
    BOOST_REQUIRE(m);
    BOOST_TEST(!m->thread);
    BOOST_TEST(m->processor == 1);
}

BOOST_AUTO_TEST_CASE(
    one_of_two_normal_threads_moves_to_a_processor_with_low_priority_threads_only) {
    const auto m = plan({{0, 0, normal}, {1, 0, normal, true}, {2, 1, low}, {3, 1, low}});
    BOOST_REQUIRE(m);
    BOOST_TEST(*m->thread == 1);
    BOOST_TEST(m->processor == 1);
}

BOOST_AUTO_TEST_CASE(a_thread_that_has_its_processor_to_itself_is_left_alone) {
    BOOST_TEST(!plan({{0, 0, normal, true}, {2, 1, low}}));
}

BOOST_AUTO_TEST_CASE(normal_threads_do_not_move_to_each_other) {
    BOOST_TEST(!plan({{0, 0, normal}, {1, 0, normal, true}, {2, 1, normal}, {3, 1, low}}));
}

BOOST_AUTO_TEST_CASE(a_moved_thread_may_run_where_it_could_before) {
    cpu_set_t before, after;
    sched_getaffinity(0, sizeof before, &before);
    for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu)
        if (CPU_ISSET(cpu, &before)) {
            move_thread(0, cpu);
            sched_getaffinity(0, sizeof after, &after);
            BOOST_TEST(CPU_EQUAL(&before, &after));
        }
    move_thread(0, CPU_SETSIZE); // no such processor
    move_thread(-1, 0);          // no such thread
    sched_getaffinity(0, sizeof after, &after);
    BOOST_TEST(CPU_EQUAL(&before, &after));
}

BOOST_AUTO_TEST_CASE(the_kernel_notes_where_a_thread_runs) {
    const volatile std::uint32_t* const noted = processor_of_this_thread();
    bool right = !noted;
    for (int i = 0; i < 100 && !right; ++i) // the thread may move in between
        right = *noted == static_cast<std::uint32_t>(sched_getcpu());
    BOOST_TEST(right);
}

BOOST_AUTO_TEST_SUITE_END()
