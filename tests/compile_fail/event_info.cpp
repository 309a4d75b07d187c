// SPDX-License-Identifier: BSL-1.0
// A handler that would take the message away from the others.
// expect: coppice: an event handler's handle_info takes `message&`, not `message`: all handlers of the manager see the same one
#include "events.hpp"

class handler {
public:
    void handle_event(const placed&) {}
    void handle_info(message) {}
};

void f() { bus::add_handler<handler>(the_bus); }
