// SPDX-License-Identifier: BSL-1.0
#include "memory/cell_pool.hpp"
#include "support/sanitizer.hpp"
#include <boost/test/unit_test.hpp>
#include <cstring>
#include <set>
#include <vector>

using namespace coppice::detail;

namespace {

/// Under a sanitizer or valgrind each envelope comes from malloc, so that the tool sees them all.
struct there_is_a_pool {
    boost::test_tools::assertion_result operator()(boost::unit_test::test_unit_id) const {
        return !sanitizer::on();
    }
};

constexpr std::size_t many = 100'000;
constexpr std::size_t few_slabs = 20; // slabs that the cells in this thread's cache may occupy

std::vector<void*> envelopes(std::size_t n, std::size_t bytes) {
    std::vector<void*> all(n);
    for (auto& a : all)
        a = std::memset(allocate_cell_of(bytes), 1, bytes);
    return all;
}
void free_all(const std::vector<void*>& all, std::size_t bytes) {
    for (void* a : all)
        free_cell_of(a, bytes);
}
void pass_a_period() {
    cell_pool::take_stock();
    while (cell_pool::give_back_some())
        ;
}
std::size_t slabs_in_use() { return cell_pool::stats().slabs_in_use; }

} // namespace

BOOST_AUTO_TEST_SUITE(cell_pool_suite, *boost::unit_test::precondition(there_is_a_pool{}))

BOOST_AUTO_TEST_CASE(a_cell_belongs_to_one_owner_at_a_time) {
    for (const std::size_t bytes : {64U, 100U, 512U}) {
        const auto all = envelopes(many, bytes);
        BOOST_TEST(std::set<void*>(all.begin(), all.end()).size() == many);
        for (const void* a : all)
            BOOST_REQUIRE(reinterpret_cast<std::uintptr_t>(a) % 64 == 0);
        free_all(all, bytes);
    }
}

BOOST_AUTO_TEST_CASE(memory_unused_for_a_period_is_given_back) {
    for (const std::size_t bytes : {64U, 100U, 512U})
        free_all(envelopes(many, bytes), bytes);
    pass_a_period(); // for a part of the period they were in use
    pass_a_period();
    BOOST_TEST(slabs_in_use() < few_slabs);
    BOOST_TEST(!cell_pool::take_stock());
    free_all(envelopes(many, 64), 64); // allocates them again
}

BOOST_AUTO_TEST_CASE(memory_used_in_the_period_stays) {
    free_all(envelopes(many, 64), 64);
    pass_a_period();
    const std::size_t before = slabs_in_use();
    free_all(envelopes(many, 64), 64);
    pass_a_period();
    BOOST_TEST(slabs_in_use() == before);
}

BOOST_AUTO_TEST_CASE(a_cell_in_use_is_left_alone) {
    std::vector<void*> used, unused;
    for (void* a : envelopes(many, 64))
        (used.size() * 1000 < unused.size() ? used : unused).push_back(a);
    free_all(unused, 64);
    pass_a_period();
    pass_a_period();
    for (const void* a : used)
        BOOST_REQUIRE(static_cast<const char*>(a)[63] == 1);
    const auto more = envelopes(many, 64);
    std::set<void*> all(used.begin(), used.end());
    all.insert(more.begin(), more.end());
    BOOST_TEST(all.size() == used.size() + more.size());
    free_all(more, 64);
    free_all(used, 64);
}

BOOST_AUTO_TEST_SUITE_END()
