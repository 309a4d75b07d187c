// SPDX-License-Identifier: BSL-1.0
// No mistake: the verbs of sys with all that they take.
// expect nothing
#include "sys.hpp"

int f(server_ref<counter> r, pid p) {
    sys::suspend(p);
    sys::replace_state(r, [](counter& c) { c.n = 1; });
    sys::replace_state(r, [](const counter& c) { return counter{c.n + 1}; });
    sys::install(p, [](const sys::event&) {});
    sys::install(r, [](const sys::event&, const counter&) { return sys::debugging::done; });
    sys::resume(the_counter);
    const auto n = sys::replace_state(the_counter, [](counter& c) { return c.n++; });
    return n + sys::get_state(the_counter, [](const auto& c) { return c.n; });
}
