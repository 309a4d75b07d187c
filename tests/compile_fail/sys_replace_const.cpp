// SPDX-License-Identifier: BSL-1.0
// A function of replace_state that cannot change the state.
// expect: coppice: sys::replace_state: this function cannot change the state: it takes an `S&`, or returns the new S
#include "sys.hpp"

int f() {
    return sys::replace_state(the_counter, [](const counter& c) { return c.n; });
}
