// SPDX-License-Identifier: BSL-1.0
#include "recorded_events.hpp"
#include "tree_fixture.hpp"
#include <coppice/report.hpp>

using namespace tree_fixture;

namespace {
using children = std::vector<child_spec>;
inline constexpr server_name<supervisor> the_tree{"the_tree"};
} // namespace

BOOST_AUTO_TEST_SUITE(supervisor_report_suite)

BOOST_AUTO_TEST_CASE(starts_ends_and_restarts_are_told_with_the_supervisors_name) {
    play([] {
        recorded_events<child_started> started;
        recorded_events<child_terminated> ended;
        const auto sup =
            start_link<supervisor>({.name = the_tree}, supervisor_flags{.intensity = 2},
                                   children{a_worker("a"), a_worker("b")});
        const pid first = pid_of(sup, "a");
        end(sup, "a", boom);
        settle();
        BOOST_REQUIRE(started.all.size() == 3U);
        BOOST_TEST(started.all[0].child == "a");
        BOOST_TEST(started.all[0].name == "the_tree");
        BOOST_TEST((started.all[0].supervisor == sup.process()));
        BOOST_TEST((started.all[0].process == first));
        BOOST_TEST((started.all[2].process == pid_of(sup, "a")));
        BOOST_REQUIRE(ended.all.size() == 1U);
        BOOST_TEST(ended.all[0].child == "a");
        BOOST_TEST((ended.all[0].process == first));
        BOOST_TEST((ended.all[0].reason == boom));
        BOOST_TEST(ended.all[0].restarts_left == 2U);
    });
}

BOOST_AUTO_TEST_CASE(a_crash_below_a_tree_shows_the_path_of_its_supervisors) {
    play([] {
        recorded_events<process_crashed> crashes;
        const auto sup =
            start_link<supervisor>({.name = the_tree}, supervisor_flags{},
                                   children{child<supervisor>("inner", {}, {a_worker("a")})});
        const server_ref<supervisor> inner{pid_of(sup, "inner")};
        server_ref<worker>{pid_of(inner, "a")}.cast(fail{});
        settle();
        BOOST_REQUIRE(crashes.all.size() == 1U);
        const auto& path = crashes.all[0].ancestors;
        BOOST_REQUIRE(path.size() >= 2U);
        BOOST_TEST(path[0] == inner.process().text());
        BOOST_TEST(path[1] == "the_tree");
    });
}

BOOST_AUTO_TEST_CASE(one_restart_too_many_is_told) {
    play([] {
        recorded_events<supervisor_gave_up> told;
        const auto sup = start_link<supervisor>(supervisor_flags{.intensity = 1, .period = 5s},
                                                children{a_worker("a")});
        end(sup, "a", boom);
        settle();
        end(sup, "a", boom);
        BOOST_TEST(end_of(sup.process()) == "shutdown");
        BOOST_REQUIRE(told.all.size() == 1U);
        BOOST_TEST((told.all[0].supervisor == sup.process()));
        BOOST_TEST(told.all[0].child == "a");
        BOOST_TEST(told.all[0].intensity == 1U);
        BOOST_TEST((told.all[0].period == 5s));
    });
}

BOOST_AUTO_TEST_CASE(a_child_that_does_not_stop_in_its_time_is_told) {
    play([] {
        recorded_events<shutdown_error> told;
        const auto sup = start_link<supervisor>(
            supervisor_flags{},
            children{a_worker("slow", {.terminate_takes = 10s}).shutdown(1s), a_worker("quick")});
        supervisor::terminate_child(sup, "slow");
        BOOST_REQUIRE(told.all.size() == 1U);
        BOOST_TEST(told.all[0].child == "slow");
        BOOST_TEST((told.all[0].reason == exit_reason::killed));
        supervisor::terminate_child(sup, "quick");
        BOOST_TEST(told.all.size() == 1U);
    });
}

BOOST_AUTO_TEST_CASE(a_failed_start_is_told_with_its_reason) {
    play([] {
        recorded_events<child_start_failed> told;
        BOOST_TEST(!try_start_link<supervisor>(
            supervisor_flags{}, children{a_worker("a"), scripted("b", {start::error})}));
        BOOST_REQUIRE(told.all.size() == 1U);
        BOOST_TEST(told.all[0].child == "b");
        BOOST_TEST(told.all[0].reason.text() == "nope");
    });
}

BOOST_AUTO_TEST_SUITE_END()
