// SPDX-License-Identifier: BSL-1.0
// The state of a pid, whose class is not known.
// expect: coppice: sys: this does not say of which class the state is: take a server_name, via or server_ref<S>
#include "sys.hpp"

int f(pid p) {
    return sys::get_state(p, [](const counter& c) { return c.n; });
}
