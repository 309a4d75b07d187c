// SPDX-License-Identifier: BSL-1.0
// A call that is put aside without its caller.
// expect: coppice: this message is a call: postpone it with its caller, this_state::postpone(this, m, std::move(client))
#include "door.hpp"

class door {
public:
    struct locked {
        std::string typed;
    };
    struct open {};
    using states = std::variant<locked, open>;

    void handle_call(knock m, from<int>) { this_state::postpone(this, m); }
};

int f(server_ref<gen_statem<door>> d) { return d.call(knock{}); }
