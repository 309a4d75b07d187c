// SPDX-License-Identifier: BSL-1.0
// States that are no types.
// expect: coppice: the states of a machine are a std::variant of structs with a move constructor that does not throw (no enum, no numbers)
#include "door.hpp"

class door {
public:
    enum class states { locked, open };

    void handle_cast(states&, button) {}
};

void f() { start<gen_statem<door>>(); }
