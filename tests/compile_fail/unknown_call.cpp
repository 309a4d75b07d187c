// SPDX-License-Identifier: BSL-1.0
// A call that the server has no handler for.
// expect: coppice: this server does not handle this call: it needs a public, unambiguous `R handle_call(M)` or `void handle_call(M, from<R>)`, R being M::reply
#include "counter.hpp"

int f() {
    int n = the_counter.call(other{});
    return n;
}
