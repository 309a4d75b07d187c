// SPDX-License-Identifier: BSL-1.0
#include "memory/type_stable_pool.hpp"
#include "resident.hpp"
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <set>

using coppice::detail::type_stable_pool;

namespace {

struct thing {
    std::uint64_t generation;
    thing* next;
    char body[1008];
};

struct life {
    static constexpr std::uint64_t last_generation = 100;

    static thing*& next(thing& t) noexcept { return t.next; }
    static std::uint64_t generation(const thing& t) noexcept { return t.generation; }
    static void renew(thing& t, std::uint64_t generation) noexcept { t.generation = generation; }
};

/// Objects that are made and destroyed in slabs, as processes are.
struct world {
    using slabs_of_things = type_stable_pool<thing, life>;
    static constexpr std::size_t some_slabs = slabs_of_things::keep_empty + 4;

    slabs_of_things slabs{64 << 20};
    std::vector<thing*> all;

    void fill(std::size_t n = some_slabs * slabs_of_things::per_slab) {
        while (all.size() < n)
            all.push_back(slabs.take());
    }
    void end(thing* t) {
        t->generation = t->generation == life::last_generation ? 0 : t->generation + 1;
        slabs.give(t);
    }
    void end_all() {
        for (thing* t : all)
            end(t);
        all.clear();
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(type_stable_pool_suite)

BOOST_AUTO_TEST_CASE(an_object_is_given_to_one_at_a_time) {
    world w;
    w.fill();
    BOOST_TEST(std::set<thing*>(w.all.begin(), w.all.end()).size() == w.all.size());
    thing* const t = w.all.back();
    w.end(t);
    BOOST_TEST(w.slabs.take() == t); // the object that was used last
}

BOOST_AUTO_TEST_CASE(a_slab_that_is_given_back_costs_nothing_and_reads_as_zeros) {
    world w;
    w.fill();
    const std::vector<thing*> were = w.all;
    w.end_all();
    BOOST_TEST(w.slabs.stats().slabs_given_back == 4U);
    std::size_t resident = 0, zeros = 0;
    for (const thing* t : were)
        resident += resident_bytes(t, sizeof(thing)) > 0;
    for (const thing* t : were)
        zeros += t->generation == 0;
    BOOST_TEST(resident == world::slabs_of_things::keep_empty * world::slabs_of_things::per_slab);
    BOOST_TEST(zeros == 4 * world::slabs_of_things::per_slab);
}

BOOST_AUTO_TEST_CASE(a_slab_comes_back_above_all_generations_that_were_used_in_it) {
    world w;
    w.fill();
    for (int i = 0; i < 10; ++i) { // one object is used often
        thing* const t = w.all.back();
        w.end(t);
        w.all.back() = w.slabs.take();
    }
    const thing* const often = w.all.back();
    const std::uint64_t used = often->generation;
    w.end_all();
    w.fill();
    BOOST_TEST(often->generation > used);
    w.end_all();
    BOOST_TEST(w.slabs.stats().slabs_in_use == world::slabs_of_things::keep_empty);
}

BOOST_AUTO_TEST_CASE(an_object_whose_generations_are_used_up_never_comes_back) {
    world w;
    thing* const first = w.slabs.take();
    for (thing* t = first; t == first; t = w.slabs.take())
        w.end(t);
    BOOST_TEST(w.slabs.stats().retired == 1U);
    w.fill();
    BOOST_TEST(std::count(w.all.begin(), w.all.end(), first) == 0);
}

BOOST_AUTO_TEST_CASE(reserved_addresses_cost_no_memory) {
    const auto data_pages = [] { // the pages that the kernel would have to provide
        std::ifstream file{"/proc/self/statm"};
        std::size_t n = 0;
        for (int i = 0; i < 6; ++i)
            file >> n;
        return n;
    };
    const std::size_t before = data_pages();
    type_stable_pool<thing, life> slabs{std::size_t{1} << 30};
    BOOST_TEST(slabs.take()->generation == 1U);
    BOOST_TEST(data_pages() - before < 1024U); // 4 MiB
}

BOOST_AUTO_TEST_CASE(when_the_range_is_used_up_that_is_a_clear_refusal) {
    type_stable_pool<thing, life> two{2 * type_stable_pool<thing, life>::slab_bytes};
    for (std::size_t i = 0; i < 2 * two.per_slab; ++i)
        (void)two.take();
    BOOST_CHECK_THROW(two.take(), std::bad_alloc);
}

// A simulation relies on this: the order is the same whatever ran before.
BOOST_AUTO_TEST_CASE(started_over_it_gives_in_the_order_of_the_first_time) {
    world w;
    w.fill();
    const std::vector<thing*> first = w.all;
    std::reverse(w.all.begin(), w.all.end());
    std::rotate(w.all.begin(), w.all.begin() + 77, w.all.end());
    w.end_all();
    w.slabs.start_over();
    w.fill();
    BOOST_TEST(w.all == first);
}

BOOST_AUTO_TEST_CASE(started_over_it_passes_over_what_is_in_use) {
    world w;
    w.fill();
    const std::vector<thing*> first = w.all;
    thing* const kept = w.all[100];
    w.all.erase(w.all.begin() + 100);
    std::reverse(w.all.begin(), w.all.end());
    w.end_all();
    w.slabs.start_over();
    w.fill(first.size() - 1);
    BOOST_TEST(std::count(w.all.begin(), w.all.end(), kept) == 0);
    // The slab with the object in use comes first, the other slabs in their order.
    const auto next_slab = w.all.begin() + world::slabs_of_things::per_slab - 1;
    BOOST_TEST(std::is_sorted(w.all.begin(), next_slab));
    BOOST_TEST(std::is_sorted(next_slab, w.all.end()));
}

BOOST_AUTO_TEST_SUITE_END()
