// SPDX-License-Identifier: BSL-1.0
#include <gtest/gtest.h>

#include "counter.hpp"

namespace ct = coppice::testing; // GoogleTest has a namespace `testing` of its own

TEST(a_counter, tells_its_watcher) {
    ct::simulation{}.run([] {
        ct::test t;
        const auto c = t.start_supervised(coppice::child<counter>(the_counter, 10));
        c.cast(watch{coppice::this_process::self()});
        c.cast(add{1});
        EXPECT_EQ(ct::assert_receive<changed>().to, 11);
        ct::refute_receive<changed>();
    });
}

TEST(a_counter, under_every_seed) {
    const ct::explored all = ct::explore(ct::seeds(20), tells_its_watcher);
    EXPECT_GT(all.runs, 0U);
}

TEST(a_counter, a_failure_is_an_exception) {
    EXPECT_THROW(ct::explore(ct::seeds(5), keeps_its_total), ct::assertion_failed);
}
