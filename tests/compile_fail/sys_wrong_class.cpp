// SPDX-License-Identifier: BSL-1.0
// A function of another class than the server's.
// expect: coppice: sys::get_state takes a function of `const S&`, S being the class of the state; of a gen_statem one of `const states&, const D&`
#include "sys.hpp"

int f() {
    return sys::get_state(the_counter, [](const ledger& l) { return l.n; });
}
