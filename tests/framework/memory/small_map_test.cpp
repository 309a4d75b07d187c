// SPDX-License-Identifier: BSL-1.0
#include "memory/small_map.hpp"
#include <boost/test/unit_test.hpp>
#include <map>
#include <random>

using coppice::detail::small_map;

namespace {

std::map<int, int> content(const small_map<int, int>& m) {
    std::map<int, int> all;
    m.for_each([&](int key, int value) { BOOST_TEST(all.emplace(key, value).second); });
    return all;
}

} // namespace

BOOST_AUTO_TEST_SUITE(small_map_suite)

// With one, a few and many entries, and on the way from each to the others.
BOOST_AUTO_TEST_CASE(a_map_holds_what_was_inserted_and_not_erased) {
    for (const int keys : {1, 2, 8, 9, 100}) {
        std::minstd_rand random{static_cast<unsigned>(keys)};
        small_map<int, int> m;
        std::map<int, int> expected;
        for (int i = 0; i < 2000; ++i) {
            const int key = 1 + static_cast<int>(random() % static_cast<unsigned>(keys));
            switch (random() % 4) {
            case 0:
                m.get(key) = expected[key] = i;
                break;
            case 1:
                BOOST_TEST(m.erase(key) == (expected.erase(key) > 0));
                break;
            case 2:
                m.shrink();
                BOOST_TEST(m.empty() == expected.empty());
                BOOST_TEST(m.has_several() == (expected.size() > 1));
                break;
            case 3:
                const int* const found = m.find(key);
                BOOST_TEST((found != nullptr) == expected.contains(key));
                if (found)
                    BOOST_TEST(*found == expected[key]);
            }
            BOOST_TEST((content(m) == expected));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_new_entry_is_made_of_zeros) {
    small_map<int, int> m;
    m.get(1) = 7;
    BOOST_TEST(m.erase(1));
    BOOST_TEST(m.get(1) == 0);
}

BOOST_AUTO_TEST_CASE(one_entry_takes_no_memory_of_its_own) {
    BOOST_TEST(sizeof(small_map<std::uint64_t, std::uint64_t>) == 24U);
}

BOOST_AUTO_TEST_SUITE_END()
