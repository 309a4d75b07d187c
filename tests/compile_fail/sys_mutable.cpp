// SPDX-License-Identifier: BSL-1.0
// A function of get_state that would change the state.
// expect: coppice: sys::get_state takes a function of `const S&`, S being the class of the state; of a gen_statem one of `const states&, const D&`
#include "sys.hpp"

int f() {
    return sys::get_state(the_counter, [](counter& c) { return c.n++; });
}
