// SPDX-License-Identifier: BSL-1.0
// A state that answers a call at once and also later.
// expect: coppice: a state has both handle_call(S&, M) and handle_call(S&, M, from<R>) for this message: keep one
#include "door.hpp"

class door {
public:
    struct locked {
        std::string typed;
    };
    struct open {};
    using states = std::variant<locked, open>;

    int handle_call(locked&, knock) { return 1; }
    void handle_call(locked&, knock, from<int>) {}
    int handle_call(knock) { return 1; }
};

int f(server_ref<gen_statem<door>> d) { return d.call(knock{}); }
