// SPDX-License-Identifier: BSL-1.0
// A function of `get` that would change the agent's state.
// expect: coppice: an agent's function takes the state: `const State&` in get, `State&` in update, get_and_update and cast
#include <coppice/agent.hpp>

struct settings {
    int port;
};

int f(coppice::server_ref<coppice::agent<settings>> a) {
    return coppice::agent<settings>::get(a, [](settings& s) { return s.port++; });
}
