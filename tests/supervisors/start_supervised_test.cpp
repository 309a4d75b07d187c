// SPDX-License-Identifier: BSL-1.0
#include "tree_fixture.hpp"
#include <coppice/start_supervised.hpp>

using namespace tree_fixture;

BOOST_AUTO_TEST_SUITE(start_supervised_suite)

BOOST_AUTO_TEST_CASE(what_a_test_has_started_ends_with_it_the_newest_first) {
    play([] {
        {
            testing::test t;
            const server_ref<worker> a = t.start_supervised(a_worker("a"));
            t.start_supervised(a_worker("b"));
            BOOST_TEST(a.process().alive());
        }
        const lines expected{"start a", "start b", "stop b shutdown", "stop a shutdown"};
        BOOST_TEST(std::exchange(event_log, {}) == expected, boost::test_tools::per_element());
    });
}

BOOST_AUTO_TEST_CASE(a_test_that_does_not_trap_exits_goes_on_after_it) {
    play([] {
        bool went_on = false;
        const pid tester = spawn([&] {
            { testing::test{}.start_supervised(a_worker("a")); }
            this_process::sleep(1s);
            went_on = true;
        });
        BOOST_TEST(end_of(tester) == "normal");
        BOOST_TEST(went_on);
    });
}

BOOST_AUTO_TEST_CASE(a_check_that_throws_takes_all_with_it) {
    play([] {
        const pid tester = spawn([] {
            testing::test t;
            t.start_supervised(a_worker("a"));
            testing::assert_receive<fail>();
        });
        BOOST_TEST(end_of(tester).find("no tree_fixture::fail came within 100 ms") !=
                   std::string::npos);
        check_happened({"start a", "stop a shutdown"});
    });
}

BOOST_AUTO_TEST_CASE(a_test_that_is_killed_takes_all_with_it) {
    play([] {
        const pid tester = spawn([] {
            testing::test t;
            t.start_supervised(a_worker("a"));
            this_process::sleep(infinity);
        });
        settle();
        tester.exit(exit_reason::kill);
        settle();
        const lines got = std::exchange(event_log, {});
        BOOST_REQUIRE(got.size() == 2U);
        BOOST_TEST(got[1].find("stop a") == 0U);
    });
}

BOOST_AUTO_TEST_CASE(a_crash_is_a_restart_however_often) {
    play([] {
        testing::test t;
        t.start_supervised(a_worker("a"));
        for (int i = 0; i < 20; ++i) {
            end(t.children(), "a", boom);
            settle();
        }
        BOOST_TEST(info_of(t.children(), "a").restarts == 20U);
    });
}

BOOST_AUTO_TEST_CASE(one_is_stopped_before_the_end) {
    play([] {
        testing::test t;
        t.start_supervised(a_worker("a"));
        t.start_supervised(a_worker("b").restart(temporary));
        t.stop_supervised("a");
        t.stop_supervised("b");
        check_happened({"start a", "start b", "stop a shutdown", "stop b shutdown"});
        t.start_supervised(a_worker("a")); // its id is free
        BOOST_CHECK_THROW(t.stop_supervised("c"), call_error);
        BOOST_TEST((t.try_start_supervised(a_worker("a")).error().code == errc::already_started));
    });
}

BOOST_AUTO_TEST_SUITE_END()
