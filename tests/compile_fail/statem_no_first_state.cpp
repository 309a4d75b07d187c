// SPDX-License-Identifier: BSL-1.0
// A first state that cannot be made, and no init.
// expect: coppice: the first state has no default constructor, so say where the machine starts: `states init()`
#include "door.hpp"

class door {
public:
    struct locked {
        explicit locked(int) {}
    };
    struct open {};
    using states = std::variant<locked, open>;
};

void f() { start<gen_statem<door>>(); }
