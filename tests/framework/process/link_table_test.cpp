// SPDX-License-Identifier: BSL-1.0
#include "process/link_table.hpp"
#include <boost/test/unit_test.hpp>
#include <coppice/testing.hpp>
#include <deque>
#include <random>

using coppice::pid;
using coppice::detail::link_table;

BOOST_AUTO_TEST_SUITE(link_table_suite)

namespace {
constexpr pid other = coppice::detail::pid_access::make(64 << 6);
} // namespace

BOOST_AUTO_TEST_CASE(a_second_link_is_no_news) {
    link_table t;
    BOOST_TEST(t.link(other));
    BOOST_TEST(!t.link(other));
}

// Erlang, link protocol: after unlink no exit of the other process gets through.
BOOST_AUTO_TEST_CASE(an_exit_after_unlink_is_ignored) {
    link_table t;
    t.link(other);
    BOOST_TEST(t.unlink(other));
    BOOST_TEST(!t.on_exit(other));
}

// Both sides unlink and one links again: the crossing unlink belongs to the old link.
BOOST_AUTO_TEST_CASE(an_unlink_that_crosses_our_own_leaves_the_new_link) {
    link_table t;
    t.link(other);
    t.unlink(other);    // the unlink is on its way
    t.link(other);      // linked again
    t.on_unlink(other); // sent before the other side took our unlink
    BOOST_TEST(t.contains(other));
    t.on_acknowledge(other);
    BOOST_TEST(t.contains(other));
    BOOST_TEST(t.on_exit(other));
}

// OTP ignores a link that arrives while it is unlinking: the other side drops it when it takes the
// unlink.
BOOST_AUTO_TEST_CASE(a_link_that_crosses_our_unlink_goes_with_the_old_one) {
    link_table t;
    t.link(other);
    t.unlink(other);
    t.on_link(other); // sent before the other side took the unlink
    t.on_acknowledge(other);
    BOOST_TEST(!t.contains(other));
    BOOST_TEST(t.link(other)); // a new link, so the other side is told
}

namespace {
/// Two processes that link and unlink each other, and the signals between them, in order both ways.
class pair_of_processes {
public:
    enum class signal { link, unlink, acknowledge };

    /// A possible next event: an operation of one side, or the arrival of a signal at it.
    void step(std::size_t side, std::size_t what) {
        link_table& t = tables_[side];
        auto& out = sent_[side];
        auto& in = sent_[1 - side];
        if (what == 0 && t.link(other))
            out.push_back(signal::link);
        else if (what == 1 && t.unlink(other))
            out.push_back(signal::unlink);
        else if (what == 2 && !in.empty())
            arrive(t, out, in);
    }
    void let_all_arrive() {
        while (!sent_[0].empty() || !sent_[1].empty()) {
            step(0, 2);
            step(1, 2);
        }
    }
    bool linked(std::size_t side) { return tables_[side].contains(other); }

private:
    static void arrive(link_table& t, std::deque<signal>& out, std::deque<signal>& in) {
        const signal s = in.front();
        in.pop_front();
        switch (s) {
        case signal::link:
            return t.on_link(other);
        case signal::unlink:
            t.on_unlink(other);
            return out.push_back(signal::acknowledge);
        case signal::acknowledge:
            return t.on_acknowledge(other);
        }
    }
    link_table tables_[2];
    std::deque<signal> sent_[2];
};
} // namespace

// In every order of links and unlinks: when all signals have arrived, both sides are linked or
// neither is, and both follow the next operation of either side.
BOOST_AUTO_TEST_CASE(both_sides_agree_once_all_signals_have_arrived) {
    for (const std::uint64_t seed : coppice::testing::seeds(2000)) {
        std::mt19937_64 random{seed};
        pair_of_processes p;
        for (int round = 0; round < 5; ++round) {
            for (std::size_t i = random() % 12; i > 0; --i)
                p.step(random() % 2, random() % 3);
            p.let_all_arrive();
            BOOST_REQUIRE_MESSAGE(p.linked(0) == p.linked(1), "seed " << seed);
            const std::size_t side = random() % 2, what = random() % 2;
            p.step(side, what);
            p.let_all_arrive();
            BOOST_REQUIRE_MESSAGE(p.linked(0) == (what == 0) && p.linked(1) == (what == 0),
                                  "seed " << seed);
        }
    }
}

BOOST_AUTO_TEST_CASE(holds_many) {
    link_table t;
    for (std::uint64_t i = 1; i <= 100; ++i)
        t.link(coppice::detail::pid_access::make(i << 6));
    for (std::uint64_t i = 1; i <= 100; i += 2)
        t.on_exit(coppice::detail::pid_access::make(i << 6));
    std::size_t left = 0;
    t.for_each([&](pid) { ++left; });
    BOOST_TEST(left == 50U);
}

BOOST_AUTO_TEST_SUITE_END()
