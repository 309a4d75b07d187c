// SPDX-License-Identifier: BSL-1.0
// A terminate that returns a reference into the handler, which is gone then.
// expect: coppice: what an event handler's terminate returns is void or a nothrow movable value (never a reference: it crosses processes)
#include "events.hpp"

class handler {
public:
    void handle_event(const placed&) {}
    const int& terminate(const exit_reason&) const { return n_; }

private:
    int n_ = 0;
};

void f() { bus::delete_handler<handler>(the_bus); }
