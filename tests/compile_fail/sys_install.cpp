// SPDX-License-Identifier: BSL-1.0
// A debug function that takes no event.
// expect: coppice: sys::install takes a function of `const sys::event&`, or of that and of the state, `const S&`; it returns nothing or a sys::debugging
#include "sys.hpp"

void f() {
    sys::install(the_counter, [](int) {});
}
