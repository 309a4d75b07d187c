// SPDX-License-Identifier: BSL-1.0
// What sys shows of supervisors, and what it does to them.
#include "tree_fixture.hpp"
#include <coppice/partition_supervisor.hpp>
#include <coppice/task_supervisor.hpp>

using namespace tree_fixture;

namespace {

inline constexpr server_name<supervisor> the_tree{"tree"};

} // namespace

BOOST_AUTO_TEST_SUITE(sys_tree_suite)

BOOST_AUTO_TEST_CASE(the_status_of_each_supervisor_says_what_it_is) {
    play([] {
        const auto ordered =
            start_link<supervisor>(supervisor_flags{}, std::vector<child_spec>{a_worker("a")});
        const auto dynamic = start_link<dynamic_supervisor>();
        const auto tasks = start_link<task_supervisor>();
        for (const pid p : {ordered.process(), dynamic.process(), tasks.process()}) {
            const sys::status s = sys::get_status(p);
            BOOST_TEST(s.behaviour == "supervisor");
            BOOST_TEST(s.type.find("supervisor") != std::string::npos);
            BOOST_TEST(!s.state.empty());
            BOOST_TEST(!s.suspended);
        }
        const supervisor_ref any{ordered};
        BOOST_CHECK(sys::get_status(any).process == ordered.process());
        const pid a = supervisor::which_child(ordered, "a").process;
        BOOST_CHECK(sys::get_status(a).parent == ordered.process());
    });
}

BOOST_AUTO_TEST_CASE(a_suspended_supervisor_restarts_its_child_when_it_is_resumed) {
    play([] {
        start_link<supervisor>({.name = the_tree}, supervisor_flags{.intensity = 5},
                               std::vector<child_spec>{a_worker("a")});
        check_happened({"start a"});
        const pid child = pid_of(the_tree, "a");
        sys::suspend(the_tree);
        sys::log(the_tree, 10);
        child.exit(exit_reason::kill);
        check_happened({});
        sys::resume(the_tree);
        check_happened({"start a"});
        BOOST_TEST(!sys::get_log(the_tree).empty());
    });
}

BOOST_AUTO_TEST_CASE(terminate_stops_a_suspended_supervisor_and_its_children) {
    play([] {
        start_link<supervisor>({.name = the_tree}, supervisor_flags{},
                               std::vector<child_spec>{a_worker("a"), a_worker("b")});
        check_happened({"start a", "start b"});
        sys::suspend(the_tree);
        sys::terminate(the_tree, exit_reason::shutdown);
        check_happened({"stop b shutdown", "stop a shutdown"});
    });
}

BOOST_AUTO_TEST_SUITE_END()
