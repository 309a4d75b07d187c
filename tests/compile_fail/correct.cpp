// SPDX-License-Identifier: BSL-1.0
// No mistake: the common header of the other files compiles, so each error is in its own file.
// expect nothing
#include "counter.hpp"

int f() {
    the_counter.cast(add{1});
    return the_counter.call(total{});
}
