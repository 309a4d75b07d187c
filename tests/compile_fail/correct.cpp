// SPDX-License-Identifier: BSL-1.0
// No mistake: what stands at the top of all others compiles, so their errors are their own.
// expect nothing
#include "counter.hpp"

int f() {
    the_counter.cast(add{1});
    return the_counter.call(total{});
}
