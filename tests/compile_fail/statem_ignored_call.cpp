// SPDX-License-Identifier: BSL-1.0
// A call that a state ignores.
// expect: coppice: a state ignores this call, and its caller would wait in vain: answer it, or list it in `postpone` or `unexpected`
#include "door.hpp"

class door {
public:
    struct locked {};
    struct open {
        using ignore = messages<knock>;
    };
    using states = std::variant<locked, open>;

    int handle_call(locked&, knock) { return 1; }
};

int f(server_ref<gen_statem<door>> d) { return d.call(knock{}); }
