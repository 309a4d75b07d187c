// SPDX-License-Identifier: BSL-1.0
// A handler that cannot take over from the other one.
// expect: coppice: the new event handler has no public constructor that takes these arguments, with the old handler behind them or without it
#include "events.hpp"

class old_one {
public:
    void handle_event(const placed&) {}
};

class new_one {
public:
    new_one(int, old_one&&) {}
    void handle_event(const placed&) {}
};

void f() { bus::swap_handler<old_one, new_one>(the_bus, std::string{}); }
