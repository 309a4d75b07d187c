// SPDX-License-Identifier: BSL-1.0
// No mistake: each state says what becomes of each message.
// expect nothing
#include "door.hpp"

class door {
public:
    struct locked {
        std::string typed;
    };
    struct open {
        using ignore = messages<button>;
        using postpone = messages<knock>;
    };
    using states = std::variant<locked, open>;

    next_state<open> handle_cast(locked& s, button b) {
        s.typed += b.digit;
        if (s.typed == "42")
            return open{};
        return keep_state;
    }
    int handle_call(const locked&, knock) { return 1; }
    void handle_enter(open&) { this_state::timeout(std::chrono::seconds{10}); }
    locked handle_info(open&, state_timeout) { return {}; }
};

void f(server_ref<gen_statem<door>> d) { d.cast(button{'1'}); }
int g(server_ref<gen_statem<door>> d) { return d.call(knock{}); }
