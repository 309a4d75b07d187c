// SPDX-License-Identifier: BSL-1.0
// A handler that handles another event than the manager's.
// expect: coppice: this handler handles none of the manager's events: it needs a public, unambiguous `void handle_event(const E&)`
#include "events.hpp"

class handler {
public:
    void handle_event(const shipped&) {}
};

void f() { bus::add_handler<handler>(the_bus); }
