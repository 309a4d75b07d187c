// SPDX-License-Identifier: BSL-1.0
// A message that a state handles and ignores.
// expect: coppice: a state both handles this message and leaves it out, or lists it twice: keep one
#include "door.hpp"

class door {
public:
    struct locked {};
    struct open {
        using ignore = messages<button>;
    };
    using states = std::variant<locked, open>;

    void handle_cast(locked&, button) {}
    void handle_cast(open&, button) {}
};

void f(server_ref<gen_statem<door>> d) { d.cast(button{'1'}); }
