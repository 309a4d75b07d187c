// SPDX-License-Identifier: BSL-1.0
#include "minimal_subset.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>
#include <set>

using coppice::detail::minimal_subset;

namespace {

std::vector<int> first_numbers(int n) {
    std::vector<int> all;
    for (int i = 0; i < n; ++i)
        all.push_back(i);
    return all;
}

bool contains_all(const std::vector<int>& some, const std::set<int>& needed) {
    return std::all_of(needed.begin(), needed.end(),
                       [&](int n) { return std::find(some.begin(), some.end(), n) != some.end(); });
}

} // namespace

BOOST_AUTO_TEST_SUITE(minimal_subset_suite)

BOOST_AUTO_TEST_CASE(keeps_what_is_needed_and_nothing_else) {
    BOOST_TEST(rc::check([] {
        const int n = *rc::gen::inRange(0, 40);
        std::set<int> needed;
        for (const int i : first_numbers(n))
            if (*rc::gen::inRange(0, 5) == 0)
                needed.insert(i);
        const auto got = minimal_subset(first_numbers(n), [&](const std::vector<int>& some) {
            return contains_all(some, needed);
        });
        RC_ASSERT(got == std::vector<int>(needed.begin(), needed.end()));
    }));
}

// What fails may pass with fewer and fail with fewer still.
BOOST_AUTO_TEST_CASE(no_single_one_can_be_spared_of_what_is_left) {
    BOOST_TEST(rc::check([] {
        const auto salt = *rc::gen::arbitrary<unsigned>();
        const auto fails = [salt](const std::vector<int>& some) {
            unsigned hash = salt;
            for (const int i : some)
                hash = hash * 31 + static_cast<unsigned>(i);
            return some.size() > 12 || hash % 3 == 0;
        };
        auto left = minimal_subset(first_numbers(20), fails);
        RC_ASSERT(fails(left));
        for (std::size_t i = 0; i < left.size(); ++i) {
            auto fewer = left;
            fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
            RC_ASSERT(!fails(fewer));
        }
    }));
}

BOOST_AUTO_TEST_CASE(one_of_a_thousand_takes_few_questions) {
    int asked = 0;
    const auto left = minimal_subset(first_numbers(1024), [&](const std::vector<int>& some) {
        ++asked;
        return contains_all(some, {700});
    });
    BOOST_TEST(left == std::vector<int>{700}, boost::test_tools::per_element());
    BOOST_TEST(asked < 40);
}

BOOST_AUTO_TEST_SUITE_END()
