// SPDX-License-Identifier: BSL-1.0
// A state that the handler's signature does not name.
// expect: coppice: this handler returns a state that its next_state<...> does not list
#include "door.hpp"

class door {
public:
    struct locked {
        std::string typed;
    };
    struct open {};
    struct jammed {};
    using states = std::variant<locked, open, jammed>;

    next_state<open> handle_cast(locked&, button) { return jammed{}; }
    void handle_cast(button) {}
};

void f(server_ref<gen_statem<door>> d) { d.cast(button{'1'}); }
