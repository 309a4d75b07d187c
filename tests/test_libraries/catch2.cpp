// SPDX-License-Identifier: BSL-1.0
#ifdef COPPICE_CATCH2_V3
#include <catch2/catch_test_macros.hpp>
#else
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
#endif

#include "counter.hpp"

namespace ct = coppice::testing;

TEST_CASE("a counter tells its watcher") {
    ct::simulation{}.run([] {
        ct::test t;
        const auto c = t.start_supervised(coppice::child<counter>(the_counter, 10));
        c.cast(watch{coppice::this_process::self()});
        c.cast(add{1});
        CHECK(ct::assert_receive<changed>().to == 11);
        ct::refute_receive<changed>();
    });
}

TEST_CASE("under every seed") {
    const ct::explored all = ct::explore(ct::seeds(20), tells_its_watcher);
    CHECK(all.runs > 0U);
}

TEST_CASE("a failure is an exception") {
    CHECK_THROWS_AS(ct::explore(ct::seeds(5), keeps_its_total), ct::assertion_failed);
}
