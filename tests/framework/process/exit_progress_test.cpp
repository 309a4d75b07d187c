// SPDX-License-Identifier: BSL-1.0
#include "process/exit_progress.hpp"
#include <boost/test/unit_test.hpp>

using coppice::detail::exit_progress;

BOOST_AUTO_TEST_SUITE(exit_progress_suite)

BOOST_AUTO_TEST_CASE(each_step_is_kept) {
    exit_progress e;
    e.set_pending();
    BOOST_TEST(e.is_pending());
    BOOST_TEST(!e.has_exited());
    e.begin_exit();
    BOOST_TEST(e.has_exited());
    BOOST_TEST(e.is_destroying());
    BOOST_TEST(!e.has_closed_mailbox());
    e.end_exit();
    BOOST_TEST(e.has_closed_mailbox());
    BOOST_TEST(!e.is_destroying());
    BOOST_TEST(e.has_exited());
}

BOOST_AUTO_TEST_CASE(links_and_monitors_are_told_once) {
    exit_progress e;
    BOOST_TEST(e.begin_to_notify());
    BOOST_TEST(!e.begin_to_notify());
    BOOST_TEST(e.has_notified());
}

BOOST_AUTO_TEST_CASE(a_step_that_leaves_its_stack_begins_again) {
    exit_progress e;
    e.begin_exit();
    e.leave_stack();
    BOOST_TEST(!e.is_destroying());
    BOOST_TEST(e.has_exited());
    BOOST_TEST(!e.has_closed_mailbox()); // so the next stack closes it
}

BOOST_AUTO_TEST_CASE(the_slots_next_process_starts_over) {
    exit_progress e;
    e.set_pending();
    e.begin_exit();
    e.end_exit();
    BOOST_TEST(e.begin_to_notify());
    e.begin_release();
    e.start_over();
    BOOST_TEST(!(e.is_pending() || e.has_exited() || e.has_closed_mailbox() || e.has_notified() ||
                 e.is_destroying()));
}

BOOST_AUTO_TEST_SUITE_END()
