// SPDX-License-Identifier: BSL-1.0
// A handler that answers an event.
// expect: coppice: handle_event(const E&) must return void: an event has no reply
#include "events.hpp"

class handler {
public:
    int handle_event(const placed&) { return 1; }
};

void f() { bus::add_handler<handler>(the_bus); }
