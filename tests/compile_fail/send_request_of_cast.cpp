// SPDX-License-Identifier: BSL-1.0
// A request of a message that has no reply to wait for.
// expect: coppice: this message has no reply, so it cannot be called: cast it, or add `using reply = R;` to it
#include "counter.hpp"

void f() {
    auto p = the_counter.send_request(add{1});
    (void)p.get();
}
