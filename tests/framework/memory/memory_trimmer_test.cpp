// SPDX-License-Identifier: BSL-1.0
#include "memory/cell_pool.hpp"
#include "memory/memory_trimmer.hpp"
#include "support/sanitizer.hpp"
#include <boost/test/unit_test.hpp>
#include <vector>

using namespace coppice::detail;
using namespace std::chrono_literals;

namespace {

using time_point = memory_trimmer::clock::time_point;
constexpr time_point at(std::chrono::milliseconds t) { return time_point{1h + t}; }
constexpr auto never = time_point::max();

/// Runs all steps that are due.
time_point work(memory_trimmer& k, time_point now, std::uint64_t ended = 0) {
    time_point next = k.work(now, ended);
    while (next <= now)
        next = k.work(now, ended);
    return next;
}

void use_many_cells() {
    std::vector<void*> all(100'000);
    for (auto& a : all)
        a = allocate_cell_of(64);
    for (void* a : all)
        free_cell_of(a, 64);
}

} // namespace

BOOST_AUTO_TEST_SUITE(memory_trimmer_suite)

BOOST_AUTO_TEST_CASE(nothing_to_do_is_said_once_and_for_all) {
    memory_trimmer k;
    auto now = at(0ms); // the memory that other tests left is given back first
    for (int i = 0; i < 5 && work(k, now) != never; ++i)
        now += 1s;
    BOOST_TEST((work(k, now + 1s) == never));
}

BOOST_AUTO_TEST_CASE(cells_that_are_not_needed_for_a_second_go_back) {
    if (sanitizer::on())
        return; // envelopes come from malloc then
    memory_trimmer k;
    (void)work(k, at(0ms));
    const std::size_t others =
        cell_pool::stats().slabs_in_use; // slabs of other tests in the same program
    use_many_cells();
    BOOST_TEST((work(k, at(999ms)) == at(1s)));
    BOOST_TEST(cell_pool::stats().slabs_in_use > 100U);
    BOOST_TEST((work(k, at(1s)) == at(2s)));
    BOOST_TEST(cell_pool::stats().slabs_in_use > 100U); // the slabs were in use in this second
    BOOST_TEST((work(k, at(2s)) == at(3s)));
    BOOST_TEST(cell_pool::stats().slabs_in_use < others + 5U);
    BOOST_TEST((work(k, at(3s)) == never));
}

// A program that needs the memory again soon does not wait for it.
BOOST_AUTO_TEST_CASE(cells_that_are_needed_every_second_stay) {
    if (sanitizer::on())
        return;
    memory_trimmer k;
    for (int i = 0; i < 5; ++i) {
        use_many_cells();
        (void)work(k, at(i * 1s));
    }
    BOOST_TEST(cell_pool::stats().slabs_in_use > 100U);
}

BOOST_AUTO_TEST_SUITE_END()
