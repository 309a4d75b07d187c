// SPDX-License-Identifier: BSL-1.0
// A call of one handler with a message that has no reply.
// expect: coppice: this message has no reply, so no handler can be called with it: notify all handlers, or add `using reply = R;` to it
#include "events.hpp"

class handler {
public:
    void handle_event(const placed&) {}
    int handle_call(placed) { return 1; }
};

void f() { bus::call<handler>(the_bus, placed{1}); }
