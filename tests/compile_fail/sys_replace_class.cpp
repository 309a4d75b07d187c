// SPDX-License-Identifier: BSL-1.0
// A function of replace_state for another class.
// expect: coppice: sys::replace_state takes a function of `S&`, S being the class of the state; of a gen_statem one of `states&, D&`
#include "sys.hpp"

void f() {
    sys::replace_state(the_counter, [](ledger& l) { l.n = 1; });
}
