// SPDX-License-Identifier: BSL-1.0
#include "scheduler/run_queue.hpp"
#include <boost/test/unit_test.hpp>
#include <memory>
#include <set>
#include <vector>

using namespace coppice::detail;

namespace {

/// Processes that no thread runs: only their addresses count.
struct idle_processes {
    explicit idle_processes(std::size_t n) : members{std::make_unique<process[]>(n)}, size{n} {}
    std::unique_ptr<process[]> members;
    std::size_t size;
};

std::vector<process*> empty_out(run_queue& q) {
    std::vector<process*> all;
    while (process* p = q.pop())
        all.push_back(p);
    return all;
}

} // namespace

BOOST_AUTO_TEST_SUITE(run_queue_suite)

BOOST_AUTO_TEST_CASE(the_owner_takes_the_oldest_first) {
    idle_processes c{3};
    run_queue q;
    overflow_queue overflow;
    for (std::size_t i = 0; i < c.size; ++i)
        q.push(&c.members[i], overflow);
    for (std::size_t i = 0; i < c.size; ++i)
        BOOST_TEST(q.pop() == &c.members[i]);
    BOOST_TEST(!q.pop());
    BOOST_TEST(q.empty());
}

BOOST_AUTO_TEST_CASE(a_process_that_does_not_fit_goes_to_the_overflow_queue_and_comes_back) {
    idle_processes c{1000};
    run_queue q;
    overflow_queue overflow;
    for (std::size_t i = 0; i < c.size; ++i)
        q.push(&c.members[i], overflow);
    BOOST_TEST(!overflow.empty());
    std::set<process*> seen;
    std::size_t taken = 0;
    while (taken < c.size) {
        for (process* p : empty_out(q))
            taken += seen.insert(p).second;
        if (process* p = q.refill(overflow, 2))
            taken += seen.insert(p).second;
    }
    BOOST_TEST(overflow.empty());
    BOOST_TEST(seen.size() == c.size);
}

BOOST_AUTO_TEST_CASE(a_thief_takes_half) {
    idle_processes c{100};
    run_queue victim, thief;
    overflow_queue overflow;
    for (std::size_t i = 0; i < c.size; ++i)
        victim.push(&c.members[i], overflow);
    BOOST_TEST(thief.steal_from(victim) == &c.members[0]);
    BOOST_TEST(empty_out(thief).size() == 49U);
    BOOST_TEST(empty_out(victim).size() == 50U);
}

// A thread without a free stack steals work while its own ring is full. If it overwrote its ring,
// some processes would run twice and others never.
BOOST_AUTO_TEST_CASE(a_thief_takes_no_more_than_it_has_room_for) {
    for (std::size_t own : {0U, 128U, 129U, 130U, 200U, 255U, 256U}) {
        idle_processes c{own + run_queue::capacity};
        run_queue victim, thief;
        overflow_queue overflow;
        for (std::size_t i = 0; i < own; ++i)
            thief.push(&c.members[i], overflow);
        for (std::size_t i = own; i < c.size; ++i)
            victim.push(&c.members[i], overflow);
        std::set<process*> seen{thief.steal_from(victim)};
        for (process* p : empty_out(thief))
            BOOST_TEST(seen.insert(p).second);
        for (process* p : empty_out(victim))
            BOOST_TEST(seen.insert(p).second);
        BOOST_TEST(seen.size() == c.size);
    }
}

BOOST_AUTO_TEST_SUITE_END()
