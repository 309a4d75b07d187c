// SPDX-License-Identifier: BSL-1.0
// A call's handler in one state that returns no reply.
// expect: coppice: a handler of a state machine returns void, a state of its `states`, or next_state<...> of such; handle_call(S&, M) returns M::reply
#include "door.hpp"

class door {
public:
    struct locked {
        std::string typed;
    };
    struct open {};
    using states = std::variant<locked, open>;

    std::string handle_call(locked&, knock) { return {}; }
    int handle_call(knock) { return 1; }
};

int f(server_ref<gen_statem<door>> d) { return d.call(knock{}); }
