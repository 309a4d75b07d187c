// SPDX-License-Identifier: BSL-1.0
#include "memory/stack_pool.hpp"
#include "resident.hpp"
#include <boost/test/unit_test.hpp>
#include <cstring>
#include <new>
#include <unistd.h>
#include <vector>

using coppice::detail::stack_pool;

namespace {

const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));

char* bottom(const boost::context::stack_context& s) { return static_cast<char*>(s.sp) - s.size; }

/// Gives all stacks back at the end.
struct stacks {
    stack_pool pool;
    std::vector<boost::context::stack_context> all;
    ~stacks() {
        for (auto& s : all)
            pool.deallocate(s);
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(stack_pool_suite)

BOOST_AUTO_TEST_CASE(a_stack_has_its_size_above_a_guard_area) {
    stack_pool::configure(20'000, 10);
    stacks mine;
    auto& s = mine.all.emplace_back(mine.pool.allocate());
    BOOST_TEST(s.size == (20'000 + page - 1) / page * page);
    std::memset(bottom(s), 1, s.size); // all of it may be written
    BOOST_TEST(stack_pool::is_guard(bottom(s) - 1));
    BOOST_TEST(stack_pool::is_guard(bottom(s) - page));
    BOOST_TEST(stack_pool::is_guard(bottom(s) - stack_pool::guard_bytes));
    BOOST_TEST(stack_pool::guard_bytes >= 256U * 1024);
    BOOST_TEST(!stack_pool::is_guard(bottom(s)));
    BOOST_TEST(!stack_pool::is_guard(static_cast<char*>(s.sp) - 1));
    BOOST_TEST(!stack_pool::is_guard(&mine));
    BOOST_TEST(stack_pool::last().bottom == bottom(s));
}

BOOST_AUTO_TEST_CASE(each_stack_is_its_own_and_a_free_one_is_used_again) {
    stack_pool::configure(16 * 1024, 100);
    stacks mine;
    for (int i = 0; i < 100; ++i) {
        auto& s = mine.all.emplace_back(mine.pool.allocate());
        std::memset(bottom(s), i, s.size);
    }
    for (int i = 0; i < 100; ++i)
        BOOST_TEST(static_cast<int>(*bottom(mine.all[static_cast<std::size_t>(i)])) == i);
    auto last = mine.all.back();
    mine.all.pop_back();
    mine.pool.deallocate(last);
    BOOST_TEST(mine.all.emplace_back(mine.pool.allocate()).sp == last.sp);
}

BOOST_AUTO_TEST_CASE(between_two_stacks_there_is_always_a_guard_area) {
    stack_pool::configure(16 * 1024, 40);
    stacks mine;
    std::vector<char*> bottoms;
    for (int i = 0; i < 40; ++i)
        bottoms.push_back(bottom(mine.all.emplace_back(mine.pool.allocate())));
    for (char* a : bottoms)
        for (char* b : bottoms)
            BOOST_TEST((a <= b ||
                        a - b >= static_cast<std::ptrdiff_t>(16 * 1024 + stack_pool::guard_bytes)));
    BOOST_TEST(resident_bytes(bottoms[0] - stack_pool::guard_bytes, stack_pool::guard_bytes) == 0U);
}

BOOST_AUTO_TEST_CASE(a_free_one_costs_no_memory) {
    stack_pool::configure(64 * 1024, 1);
    stacks mine;
    auto s = mine.pool.allocate();
    std::memset(bottom(s), 1, s.size);
    BOOST_TEST(resident_bytes(bottom(s), s.size) == s.size);
    mine.pool.deallocate(s);
    BOOST_TEST(resident_bytes(bottom(s), s.size) == 0U);
    BOOST_TEST(stack_pool::is_guard(bottom(s) - 1));
    mine.all.push_back(mine.pool.allocate());
}

BOOST_AUTO_TEST_CASE(the_limit_is_a_clear_refusal) {
    stack_pool::configure(16 * 1024, 3);
    stacks mine;
    for (int i = 0; i < 3; ++i)
        mine.all.push_back(mine.pool.allocate());
    BOOST_CHECK_THROW(mine.pool.allocate(), std::bad_alloc);
    mine.pool.deallocate(mine.all.back());
    mine.all.back() = mine.pool.allocate(); // there is room again
}

BOOST_AUTO_TEST_SUITE_END()
