// SPDX-License-Identifier: BSL-1.0
// Restarts with a backoff, in virtual time.
#include "tree_fixture.hpp"

using namespace tree_fixture;

namespace {

constexpr backoff steady{.min = 1s, .max = 4s, .jitter = 0, .stable_after = 60s};

server_ref<supervisor> start_tree(restart_strategy how,
                                  std::vector<child_spec> children,
                                  backoff b = steady) {
    return start_link<supervisor>(
        supervisor_flags{.strategy = how, .intensity = 100, .period = 1h, .backoff = b},
        std::move(children));
}

} // namespace

BOOST_AUTO_TEST_SUITE(backoff_tree_suite)

BOOST_AUTO_TEST_CASE(waits_longer_after_each_failure_and_serves_meanwhile) {
    play([] {
        auto s = start_tree(one_for_one, {a_worker("a"), a_worker("b")});
        for (const auto delay : {1s, 2s, 4s, 4s}) {
            end(s, "a", boom);
            settle(delay - 1ms);
            BOOST_TEST(listed(s) == (lines{"b", "a restarting"}), boost::test_tools::per_element());
            settle(2ms);
            BOOST_TEST(listed(s) == (lines{"b", "a"}), boost::test_tools::per_element());
        }
    });
}

BOOST_AUTO_TEST_CASE(a_child_that_was_stable_starts_with_the_shortest_delay_again) {
    play([] {
        auto s = start_tree(one_for_one, {a_worker("a")});
        end(s, "a", boom);
        settle(1s + 1ms);
        settle(60s);
        end(s, "a", boom);
        settle(1s + 1ms);
        BOOST_TEST(listed(s) == lines{"a"}, boost::test_tools::per_element());
    });
}

BOOST_AUTO_TEST_CASE(a_failing_start_waits_too) {
    play([] {
        auto s = start_tree(one_for_one,
                            {scripted("a", {start::ok, start::error, start::error, start::ok})});
        pid_of(s, "a").exit(boom);
        check_happened({"start a"});
        settle(1s);
        check_happened({"no start a"});
        settle(2s);
        check_happened({"no start a"});
        settle(4s);
        check_happened({"start a"});
    });
}

BOOST_AUTO_TEST_CASE(terminate_child_ends_the_wait_and_an_old_wait_has_no_effect) {
    play([] {
        auto s = start_tree(one_for_one, {a_worker("a")});
        end(s, "a", boom);
        settle(500ms);
        supervisor::terminate_child(s, "a");
        supervisor::restart_child(s, "a");
        end(s, "a", boom); // waits 2 s from here
        settle(1s);
        BOOST_TEST(listed(s) == lines{"a restarting"}, boost::test_tools::per_element());
        settle(1s + 2ms);
        BOOST_TEST(listed(s) == lines{"a"}, boost::test_tools::per_element());
    });
}

BOOST_AUTO_TEST_CASE(a_group_is_stopped_at_once_and_started_together_after_the_wait) {
    play([] {
        auto s = start_tree(rest_for_one, {a_worker("a"), a_worker("b"), a_worker("c")});
        happened();
        end(s, "b", boom);
        check_happened({"stop b boom", "stop c shutdown"});
        BOOST_TEST(listed(s) == (lines{"c stopped", "b restarting", "a"}),
                   boost::test_tools::per_element());
        settle(1s);
        check_happened({"start b", "start c"});
    });
}

BOOST_AUTO_TEST_CASE(a_wait_of_a_later_child_does_not_overtake_the_one_it_depends_on) {
    play([] {
        auto s = start_tree(rest_for_one, {a_worker("a"), a_worker("b")});
        end(s, "b", boom);
        settle(500ms);
        end(s, "a", boom);
        settle(700ms); // b's wait is over, a's is not
        BOOST_TEST(listed(s) == (lines{"b stopped", "a restarting"}),
                   boost::test_tools::per_element());
        settle(1s);
        BOOST_TEST(listed(s) == (lines{"b", "a"}), boost::test_tools::per_element());
    });
}

BOOST_AUTO_TEST_CASE(its_parent_can_stop_it_during_a_wait) {
    play([] {
        auto s = start_tree(one_for_one, {a_worker("a"), a_worker("b")});
        end(s, "a", boom);
        happened();
        const auto then = this_process::now();
        s.process().exit(exit_reason::shutdown);
        BOOST_TEST(end_of(s.process()) == "shutdown");
        BOOST_TEST((this_process::now() - then < 1s));
        check_happened({"stop b shutdown"});
    });
}

BOOST_AUTO_TEST_CASE(a_dynamic_supervisor_waits_as_well) {
    play([] {
        auto s = start_link<dynamic_supervisor>(
            dynamic_supervisor_flags{.intensity = 100, .backoff = steady});
        dynamic_supervisor::start_child(s, a_worker("a")).cast(end_with{boom});
        settle(500ms);
        BOOST_TEST(listed(s) == lines{"a restarting"}, boost::test_tools::per_element());
        settle(1s);
        BOOST_TEST(listed(s) == lines{"a"}, boost::test_tools::per_element());
    });
}

BOOST_AUTO_TEST_SUITE_END()
