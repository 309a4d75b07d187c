// SPDX-License-Identifier: BSL-1.0
// The server of coppice.cpp in CAF, and all of CAF's core. The messages are atoms and the actor is
// untyped, which is less to compile than a typed actor.
#include <caf/all.hpp>
#include <chrono>

using add = caf::atom_constant<caf::atom("add")>;
using subtract = caf::atom_constant<caf::atom("subtract")>;
using reset = caf::atom_constant<caf::atom("reset")>;
using total = caf::atom_constant<caf::atom("total")>;

struct counter_state {
    int n = 0;
};

caf::behavior counter(caf::stateful_actor<counter_state>* self, int start) {
    self->state.n = start;
    return {
        [self](add, int by) { self->state.n += by; },
        [self](subtract, int by) { self->state.n -= by; },
        [self](reset) { self->state.n = 0; },
        [self](total) { return self->state.n; },
    };
}

int main() {
    caf::actor_system_config config;
    caf::actor_system system{config};
    caf::scoped_actor self{system};
    const auto c = self->spawn(counter, 1);
    self->send(c, reset::value);
    self->send(c, add::value, 5);
    self->send(c, subtract::value, 2);
    int answer = 0;
    self->request(c, std::chrono::seconds(5), total::value)
        .receive([&](int n) { answer = n; }, [](const caf::error&) {});
    self->send_exit(c, caf::exit_reason::user_shutdown);
    return answer == 3 ? 0 : 1;
}
