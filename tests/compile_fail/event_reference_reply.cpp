// SPDX-License-Identifier: BSL-1.0
// A reply that is a reference into the handler.
// expect: coppice: a message's `reply` is void or a nothrow movable value (never a reference: it crosses processes)
#include "events.hpp"

struct view {
    using reply = const std::string&;
};

class handler {
public:
    void handle_event(const placed&) {}
    const std::string& handle_call(view) const { return text_; }

private:
    std::string text_;
};

void f() { bus::call<handler>(the_bus, view{}); }
