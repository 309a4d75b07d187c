// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE a_counter
#include "counter.hpp"
#include <boost/test/unit_test.hpp>

namespace ct = coppice::testing;

BOOST_AUTO_TEST_CASE(a_counter_tells_its_watcher) {
    ct::simulation{}.run([] {
        ct::test t;
        const auto c = t.start_supervised(coppice::child<counter>(the_counter, 10));
        c.cast(watch{coppice::this_process::self()});
        c.cast(add{1});
        BOOST_TEST(ct::assert_receive<changed>().to == 11);
        ct::refute_receive<changed>();
    });
}

BOOST_AUTO_TEST_CASE(under_every_seed) {
    const ct::explored all = ct::explore(ct::seeds(20), tells_its_watcher);
    BOOST_TEST(all.runs > 0U);
}

BOOST_AUTO_TEST_CASE(a_failure_is_an_exception) {
    BOOST_CHECK_THROW(ct::explore(ct::seeds(5), keeps_its_total), ct::assertion_failed);
}
