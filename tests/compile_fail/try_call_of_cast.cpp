// SPDX-License-Identifier: BSL-1.0
// A call, without exceptions, of a message that has no reply.
// expect: coppice: this message has no reply, so it cannot be called: cast it, or add `using reply = R;` to it
#include "counter.hpp"

bool f() {
    auto r = the_counter.try_call(add{1});
    return r.has_value();
}
