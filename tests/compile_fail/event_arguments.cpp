// SPDX-License-Identifier: BSL-1.0
// Arguments that no constructor of the handler takes.
// expect: coppice: the event handler has no public constructor that takes these arguments
#include "events.hpp"

class handler {
public:
    explicit handler(int) {}
    void handle_event(const placed&) {}
};

void f() { bus::add_handler<handler>(the_bus, std::string{}); }
