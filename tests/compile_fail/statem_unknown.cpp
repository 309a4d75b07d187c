// SPDX-License-Identifier: BSL-1.0
// A message that no state handles.
// expect: coppice: this server does not handle this cast: it needs a public, unambiguous `void handle_cast(M)`
#include "door.hpp"

class door {
public:
    struct locked {
        std::string typed;
    };
    struct open {};
    using states = std::variant<locked, open>;

    void handle_cast(locked&, ring) {}
};

void f(server_ref<gen_statem<door>> d) { d.cast(button{'1'}); }
