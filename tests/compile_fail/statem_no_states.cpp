// SPDX-License-Identifier: BSL-1.0
// A class without states.
// expect: coppice: a state machine names its states: `using states = std::variant<A, B>;`
#include "door.hpp"

class door {
public:
    struct locked {
        std::string typed;
    };
    struct open {};

    void handle_cast(locked&, button) {}
};

void f() { start<gen_statem<door>>(); }
