// SPDX-License-Identifier: BSL-1.0
#include "link_table.hpp"
#include <boost/test/unit_test.hpp>

using coppice::pid;
using coppice::detail::link_table;

BOOST_AUTO_TEST_SUITE(link_table_suite)

namespace {
constexpr pid other{64 << 6};
} // namespace

BOOST_AUTO_TEST_CASE(a_second_link_is_no_news) {
    link_table t;
    BOOST_TEST(t.link(other));
    BOOST_TEST(!t.link(other));
}

// Erlang, link protocol: after unlink nothing of the other's exit gets through.
BOOST_AUTO_TEST_CASE(an_exit_after_unlink_is_ignored) {
    link_table t;
    t.link(other);
    BOOST_TEST(t.unlink(other));
    BOOST_TEST(!t.on_exit(other));
}

// Both sides unlink and one links again: the crossing unlink concerned the old link.
BOOST_AUTO_TEST_CASE(an_unlink_that_crosses_our_own_leaves_the_new_link) {
    link_table t;
    t.link(other);
    t.unlink(other);    // under way
    t.link(other);      // and linked anew
    t.on_unlink(other); // sent before the other saw ours
    BOOST_TEST(t.contains(other));
    t.on_acknowledge(other);
    BOOST_TEST(t.contains(other));
    BOOST_TEST(t.on_exit(other));
}

BOOST_AUTO_TEST_CASE(holds_many) {
    link_table t;
    for (std::uint64_t i = 1; i <= 100; ++i)
        t.link(pid{i << 6});
    for (std::uint64_t i = 1; i <= 100; i += 2)
        t.on_exit(pid{i << 6});
    std::size_t left = 0;
    t.for_each([&](pid) { ++left; });
    BOOST_TEST(left == 50U);
}

BOOST_AUTO_TEST_SUITE_END()
