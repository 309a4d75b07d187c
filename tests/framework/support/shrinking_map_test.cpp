// SPDX-License-Identifier: BSL-1.0
#include <boost/test/unit_test.hpp>
#include <coppice/detail/shrinking_map.hpp>

BOOST_AUTO_TEST_SUITE(shrinking_map_suite)

BOOST_AUTO_TEST_CASE(a_map_is_as_large_as_its_entries_need) {
    coppice::detail::shrinking_map<int, int> m;
    for (int i = 0; i < 100'000; ++i)
        m.emplace(i, -i);
    const auto best_days = m.bucket_count();
    for (int i = 0; i < 100'000; ++i)
        if (i % 1000 != 0)
            BOOST_TEST(m.erase(i) == 1U);
    BOOST_TEST(m.size() == 100U);
    BOOST_TEST(m.bucket_count() < best_days / 50);
    for (int i = 0; i < 100'000; i += 1000)
        BOOST_TEST(m.at(i) == -i);
    BOOST_TEST(m.erase(1) == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
