// SPDX-License-Identifier: BSL-1.0
// A timeout that outlives its state, and that the other state forgot.
// expect: coppice: this state machine handles this message in some states only: give each other state a handler, or list the message in its `ignore`, `postpone` or `unexpected`
#include "door.hpp"

class door {
public:
    struct locked {
        std::string typed;
    };
    struct open {};
    using states = std::variant<locked, open>;

    void handle_cast(button) { this_state::timeout(this, std::chrono::seconds{1}, ring{1}); }
    void handle_info(open&, ring) {}
};

void f(server_ref<gen_statem<door>> d) { d.cast(button{'1'}); }
