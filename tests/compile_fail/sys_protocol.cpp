// SPDX-License-Identifier: BSL-1.0
// The state behind a protocol, whose class is not known.
// expect: coppice: sys: a protocol does not say of which class the state is: take a server_name, via or server_ref<S>
#include "sys.hpp"

int f(server_ref<protocol<add>> r) {
    return sys::get_state(r, [](const counter& c) { return c.n; });
}
