// SPDX-License-Identifier: BSL-1.0
// A reference into the server instead of a value.
// expect: coppice: sys: the function returns a value that moves without throwing, not a reference into the server
#include "sys.hpp"

int f() {
    return sys::get_state(the_counter, [](const counter& c) -> const int& { return c.n; });
}
