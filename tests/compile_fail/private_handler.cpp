// SPDX-License-Identifier: BSL-1.0
// A private handler, which the library may not call.
// expect: coppice: this server does not handle this cast: it needs a public, unambiguous `void handle_cast(M)`
#include "counter.hpp"

class shy {
    void handle_cast(add) {}
};

void f(server_ref<shy> r) { r.cast(add{1}); }
