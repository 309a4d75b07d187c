// SPDX-License-Identifier: BSL-1.0
// A handler that takes its state as an rvalue, which no handler gets.
// expect: coppice: this state machine handles this message in some states only: give each other state a handler, or list the message in its `ignore`, `postpone` or `unexpected`
#include "door.hpp"

class door {
public:
    struct locked {
        std::string typed;
    };
    struct open {};
    using states = std::variant<locked, open>;

    void handle_cast(locked&, button) {}
    void handle_cast(open&&, button) {}
};

void f(server_ref<gen_statem<door>> d) { d.cast(button{'1'}); }
