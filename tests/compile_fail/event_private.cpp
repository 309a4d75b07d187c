// SPDX-License-Identifier: BSL-1.0
// A handler whose handle_event is private.
// expect: coppice: this handler handles none of the manager's events: it needs a public, unambiguous `void handle_event(const E&)`
#include "events.hpp"

class handler {
    void handle_event(const placed&) {}
};

void f() { bus::add_sup_handler<handler>(the_bus); }
