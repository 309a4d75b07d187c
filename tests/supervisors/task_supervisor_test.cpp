// SPDX-License-Identifier: BSL-1.0
#include "in_simulation.hpp"
#include <boost/test/unit_test.hpp>
#include <coppice/supervisor.hpp>
#include <coppice/task_supervisor.hpp>
#include <memory>

using namespace coppice;
using namespace std::chrono_literals;

namespace {

inline constexpr server_name<task_supervisor> the_tasks{"tasks"};

int square(int n) { return n * n; }
int unlucky() { throw std::runtime_error{"unlucky"}; }
void wait_for_ever() { this_process::sleep(infinity); }

server_ref<task_supervisor> started(std::size_t max_children = 100) {
    return start<task_supervisor>({.name = the_tasks},
                                  dynamic_supervisor_flags{.max_children = max_children});
}

} // namespace

BOOST_AUTO_TEST_SUITE(task_supervisor_suite)

BOOST_AUTO_TEST_CASE(a_supervised_task_answers_its_caller_and_is_a_child) {
    in_simulation([] {
        const auto sup = started();
        auto t = task_supervisor::async_nolink(the_tasks, [] {
            this_process::sleep(1ms);
            return std::pair{this_process::parent(), this_process::callers()};
        });
        const pid process = t.process();
        BOOST_CHECK(task_supervisor::children(the_tasks) == std::vector<pid>{process});
        const auto [parent, callers] = t.await();
        BOOST_CHECK(parent == sup.process());
        BOOST_CHECK(callers == std::vector<pid>{this_process::self()});
        BOOST_TEST(task_supervisor::count_children(the_tasks).active == 0U);
        auto failing = task_supervisor::async_nolink(sup, unlucky);
        BOOST_TEST(failing.try_await().error().reason.crash()->what == "unlucky");
        sup.stop();
    });
}

BOOST_AUTO_TEST_CASE(a_linked_task_shares_the_fate_of_its_caller) {
    in_simulation([] {
        const auto sup = started();
        pid process;
        const auto caller = spawn_monitor([&] {
            auto t = task_supervisor::async(the_tasks, wait_for_ever);
            process = t.process();
            (void)t.ignore(); // it is unlinked, and lives on
            auto u = task_supervisor::async(the_tasks, unlucky);
            (void)u.yield(infinity);
        });
        const auto end = this_process::receive<down>();
        BOOST_CHECK(end.ref == caller.monitor);
        BOOST_TEST(end.reason.crash()->what == "unlucky");
        BOOST_TEST(process.alive());
        sup.stop();
        BOOST_TEST(!process.alive()); // the tree stops its tasks
    });
}

BOOST_AUTO_TEST_CASE(a_full_supervisor_refuses) {
    in_simulation([] {
        const auto sup = started(1);
        task_supervisor::start_child(the_tasks, wait_for_ever);
        BOOST_CHECK(task_supervisor::try_start_child(the_tasks, square, 1).error().code ==
                    errc::max_children);
        BOOST_CHECK_THROW((void)task_supervisor::async_nolink(the_tasks, square, 1), call_error);
        sup.stop();
        BOOST_CHECK_THROW((void)task_supervisor::async_nolink(the_tasks, square, 1), call_error);
    });
}

// Elixir: temporary by default; restart and shutdown can be chosen.
BOOST_AUTO_TEST_CASE(a_task_is_restarted_if_its_options_say_so) {
    in_simulation([] {
        const auto sup = started();
        const auto runs = std::make_shared<int>(0);
        const auto twice = [runs](int) {
            if (++*runs == 1)
                throw std::runtime_error{"once"};
            BOOST_CHECK(!this_process::callers().empty());
        };
        task_supervisor::start_child(the_tasks, twice, 1);
        this_process::sleep(1ms);
        BOOST_TEST(*runs == 1);
        *runs = 0;
        task_supervisor::start_child(the_tasks, {.restart = transient, .shutdown = 1s}, twice, 1);
        this_process::sleep(1ms);
        BOOST_TEST(*runs == 2);
        BOOST_TEST(task_supervisor::count_children(the_tasks).specs == 0U);
        task_supervisor::start_child(the_tasks, [p = std::make_unique<int>(1)] {}); // moves
        const pid idle = task_supervisor::start_child(the_tasks, wait_for_ever);
        task_supervisor::terminate_child(the_tasks, idle);
        BOOST_TEST(!idle.alive());
        sup.stop();
    });
}

BOOST_AUTO_TEST_CASE(a_stream_under_a_supervisor) {
    in_simulation([] {
        const auto sup = started();
        int sum = 0;
        for (auto& r : task_supervisor::async_stream(the_tasks, std::vector<int>{1, 2, 3}, square))
            sum += *r;
        BOOST_TEST(sum == 14);
        sup.stop();
    });
}

BOOST_AUTO_TEST_CASE(a_task_supervisor_is_a_child) {
    in_simulation([] {
        const auto tree = start_link<supervisor>(
            supervisor_flags{}, std::vector<child_spec>{child<task_supervisor>(the_tasks),
                                                        child<task<>>("idle", wait_for_ever)});
        BOOST_TEST(task_supervisor::async_nolink(the_tasks, square, 4).await() == 16);
        BOOST_TEST(supervisor::count_children(tree).supervisors == 1U);
        tree.stop();
    });
}

BOOST_AUTO_TEST_SUITE_END()
