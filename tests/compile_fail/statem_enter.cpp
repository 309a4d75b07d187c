// SPDX-License-Identifier: BSL-1.0
// An enter call that moves on.
// expect: coppice: handle_enter returns void: to move on from there say this_process::continue_with(this, m)
#include "door.hpp"

class door {
public:
    struct locked {
        std::string typed;
    };
    struct open {};
    using states = std::variant<locked, open>;

    open handle_enter(locked&) { return {}; }
};

void f() { start<gen_statem<door>>(); }
