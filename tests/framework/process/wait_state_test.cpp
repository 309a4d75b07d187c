// SPDX-License-Identifier: BSL-1.0
#include "process/wait_state.hpp"
#include <boost/test/unit_test.hpp>

using namespace coppice;
using namespace coppice::detail;

namespace {

/// Pids of slots that are never looked at.
pid server(std::uint64_t n) { return pid_access::make(n * 64); }

} // namespace

BOOST_AUTO_TEST_SUITE(wait_state_suite)

BOOST_AUTO_TEST_CASE(a_call_names_its_server_until_it_ends) {
    wait_state w;
    BOOST_TEST((w.edge() == wait_edge{}));
    const wait_edge made = w.begin_call(server(1), wait_edge::kind::answer);
    BOOST_TEST((w.edge() == made));
    BOOST_TEST((made.target() == server(1)));
    BOOST_TEST(!made.is_for_room());
    w.end_call();
    BOOST_TEST((w.edge() == wait_edge{}));
}

BOOST_AUTO_TEST_CASE(two_calls_of_one_server_are_two_waits) {
    wait_state w;
    const wait_edge first = w.begin_call(server(1), wait_edge::kind::answer);
    const std::uint32_t which = w.which();
    w.end_call();
    const wait_edge second = w.begin_call(server(1), wait_edge::kind::answer);
    BOOST_TEST(w.which() != which);
    BOOST_TEST((first != second));
}

BOOST_AUTO_TEST_CASE(a_late_answer_does_not_end_the_next_call) {
    wait_state w;
    const wait_edge first = w.begin_call(server(1), wait_edge::kind::answer);
    w.end_call();
    const wait_edge second = w.begin_call(server(1), wait_edge::kind::answer);
    w.end_call(first);
    BOOST_TEST((w.edge() == second));
    w.end_call(second);
    BOOST_TEST((w.edge() == wait_edge{}));
}

BOOST_AUTO_TEST_CASE(the_count_of_waits_goes_on_in_the_slots_next_process) {
    wait_state w;
    const wait_edge first = w.begin_call(server(1), wait_edge::kind::room);
    const std::uint32_t which = w.which();
    w.start_over();
    BOOST_TEST((w.edge() == wait_edge{}));
    BOOST_TEST(!w.is_blocked());
    BOOST_TEST((w.begin_call(server(1), wait_edge::kind::room) != first));
    BOOST_TEST(w.which() == which + 1);
}

BOOST_AUTO_TEST_SUITE_END()
