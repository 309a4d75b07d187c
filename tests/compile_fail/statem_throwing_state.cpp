// SPDX-License-Identifier: BSL-1.0
// A state whose move may throw: a std::deque in libstdc++ is one.
// expect: coppice: the states of a machine are a std::variant of structs with a move constructor that does not throw (no enum, no numbers)
#include "door.hpp"

class door {
public:
    struct locked {
        locked() = default;
        locked(const locked&) {}
    };
    struct open {};
    using states = std::variant<locked, open>;
};

void f() { start<gen_statem<door>>(); }
