// SPDX-License-Identifier: BSL-1.0
// A handler of what is no event manager.
// expect: coppice: sys::handler takes a server_name, via or server_ref of a gen_event<...>
#include "sys.hpp"

int f() {
    return sys::get_state(sys::handler<ledger>(the_counter), [](const ledger& l) { return l.n; });
}
