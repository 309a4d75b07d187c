// SPDX-License-Identifier: BSL-1.0
// A call of a message that has no reply.
// expect: coppice: this message has no reply, so it cannot be called: cast it, or add `using reply = R;` to it
#include "counter.hpp"

int f() {
    int n = the_counter.call(add{1});
    return n;
}
