// SPDX-License-Identifier: BSL-1.0
#include <boost/test/unit_test.hpp>
#include <coppice/time_limit.hpp>
#include <limits>
#include <rapidcheck.h>
#include <ratio>

using namespace coppice;
using namespace std::chrono_literals;
using coppice::detail::saturated;
using coppice::detail::saturated_difference;
using coppice::detail::saturated_sum;

namespace {

using ns = time_limit::clock::duration;
using moment = time_limit::clock::time_point;

/// The limits of one unit, and the values next to them.
template <class D>
void check_unit() {
    BOOST_TEST((saturated(D::zero()) == ns::zero()));
    BOOST_TEST((saturated(D::max()) == ns::max()));
    BOOST_TEST((saturated(D::min()) <= -ns::max()));
    BOOST_TEST(time_limit{D::max()}.is_infinite());
    BOOST_TEST(!time_limit{D::min()}.is_infinite());
    BOOST_TEST((time_limit{D::min()}.deadline(moment{1h}) < moment{1h}));
}

/// The sum in a type that holds it without overflow.
__extension__ using int128 = __int128;
int128 wide(ns d) { return d.count(); }
ns clamped(int128 n) {
    return n > wide(ns::max())   ? ns::max()
           : n < wide(ns::min()) ? ns::min()
                                 : ns{static_cast<ns::rep>(n)};
}

} // namespace

BOOST_AUTO_TEST_SUITE(time_limit_suite)

BOOST_AUTO_TEST_CASE(every_unit_has_edges_that_mean_for_ever_and_at_once) {
    check_unit<std::chrono::nanoseconds>();
    check_unit<std::chrono::microseconds>();
    check_unit<std::chrono::milliseconds>();
    check_unit<std::chrono::seconds>();
    check_unit<std::chrono::minutes>();
    check_unit<std::chrono::hours>();
    check_unit<std::chrono::days>();
    check_unit<std::chrono::years>();
    check_unit<std::chrono::duration<double>>();
    check_unit<std::chrono::duration<float, std::milli>>();
    BOOST_TEST((saturated(std::chrono::duration<std::uint64_t>::max()) == ns::max()));
    const double infinite = std::numeric_limits<double>::infinity();
    BOOST_TEST((saturated(std::chrono::duration<double>{infinite}) == ns::max()));
    BOOST_TEST((saturated(std::chrono::duration<double>{-infinite}) == ns::min()));
    const double no_number = std::numeric_limits<double>::quiet_NaN();
    BOOST_TEST((saturated(std::chrono::duration<double>{no_number}) == ns::zero()));
}

BOOST_AUTO_TEST_CASE(a_time_that_fits_is_rounded_up) {
    BOOST_TEST((saturated(1500ms) == 1'500'000'000ns));
    BOOST_TEST((saturated(std::chrono::duration<double>{1.5}) == 1'500'000'000ns));
    BOOST_TEST((saturated(std::chrono::duration<std::int64_t, std::pico>{1001}) == 2ns));
    BOOST_TEST((saturated(std::chrono::duration<std::int64_t, std::pico>{-1999}) == -1ns));
}

BOOST_AUTO_TEST_CASE(deadlines_of_all_clocks_units_are_kept) {
    const moment now{1h};
    BOOST_TEST((time_limit{now + 5s}.deadline(now) == now + 5s));
    using far = std::chrono::time_point<time_limit::clock, std::chrono::hours>;
    BOOST_TEST(time_limit{far::max()}.is_infinite());
    BOOST_TEST((time_limit{far::min()}.deadline(now) < now));
    BOOST_TEST(time_limit{moment::max()}.is_infinite());
    BOOST_TEST((time_limit{infinity}.deadline(now) == moment::max()));
    BOOST_TEST((time_limit{ns::max() - 1ns}.deadline(now) == moment::max()));
}

BOOST_AUTO_TEST_CASE(sums_and_differences_are_those_of_integers_clamped) {
    BOOST_TEST(rc::check("saturating arithmetic", [] {
        const auto edge = [](std::int64_t n) {
            const std::int64_t edges[] = {0, 1, -1, ns::max().count(), ns::min().count()};
            return *rc::gen::inRange(0, 3) == 0
                       ? edges[static_cast<std::size_t>(*rc::gen::inRange(0, 5))]
                       : n;
        };
        const ns a{edge(*rc::gen::arbitrary<std::int64_t>())};
        const ns b{edge(*rc::gen::arbitrary<std::int64_t>())};
        RC_ASSERT(saturated_sum(moment{a}, b).time_since_epoch() == clamped(wide(a) + wide(b)));
        RC_ASSERT(saturated_difference(moment{a}, moment{b}) == clamped(wide(a) - wide(b)));
    }));
}

BOOST_AUTO_TEST_SUITE_END()
