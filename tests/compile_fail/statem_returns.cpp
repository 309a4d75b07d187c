// SPDX-License-Identifier: BSL-1.0
// A cast's handler that returns no state.
// expect: coppice: a handler of a state machine returns void, a state of its `states`, or next_state<...> of such; handle_call(S&, M) returns M::reply
#include "door.hpp"

class door {
public:
    struct locked {
        std::string typed;
    };
    struct open {};
    using states = std::variant<locked, open>;

    int handle_cast(locked&, button) { return 1; }
    void handle_cast(button) {}
};

void f(server_ref<gen_statem<door>> d) { d.cast(button{'1'}); }
