// SPDX-License-Identifier: BSL-1.0
// A reference to the machine's class instead of its server.
// expect: coppice: this class is a state machine: its server is gen_statem<T>
#include "sys.hpp"

class door {
public:
    struct shut {};
    using states = std::variant<shut>;
};

int f(server_ref<door> r) {
    return sys::get_state(r, [](const door::states&, const door&) { return 1; });
}
