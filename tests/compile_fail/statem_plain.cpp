// SPDX-License-Identifier: BSL-1.0
// A reference to the machine's class instead of its server.
// expect: coppice: this class is a state machine: its server is gen_statem<T>
#include "door.hpp"

class door {
public:
    struct locked {
        std::string typed;
    };
    struct open {};
    using states = std::variant<locked, open>;

    void handle_cast(locked&, button) {}
    void handle_cast(open&, button) {}
};

void f(server_ref<door> d) { d.cast(button{'1'}); }
