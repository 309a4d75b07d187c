// SPDX-License-Identifier: BSL-1.0
// A function of get_state that returns nothing.
// expect: coppice: sys::get_state: the function returns nothing, so there is nothing to get
#include "sys.hpp"

void f() {
    sys::get_state(the_counter, [](const counter&) {});
}
