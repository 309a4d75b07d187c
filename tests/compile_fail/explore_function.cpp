// SPDX-License-Identifier: BSL-1.0
// A program to explore that does not take the test.
// expect: coppice: testing::explore takes a function of `testing::test&`
#include <coppice/explore.hpp>

void f() {
    coppice::testing::explore(coppice::testing::seeds(20), [] {});
}
