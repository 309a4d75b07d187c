// SPDX-License-Identifier: BSL-1.0
// A call that the handler does not handle.
// expect: coppice: this event handler does not handle this call: it needs a public, unambiguous `R handle_call(M)`, R being M::reply
#include "events.hpp"

class handler {
public:
    void handle_event(const placed&) {}
};

int f() { return bus::call<handler>(the_bus, total{}); }
