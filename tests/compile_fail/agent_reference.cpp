// SPDX-License-Identifier: BSL-1.0
// A reference that would leave the agent's process.
// expect: coppice: an agent's function returns a nothrow movable value, not a reference into the agent's state
#include <coppice/agent.hpp>

struct settings {
    int port;
};

int f(coppice::server_ref<coppice::agent<settings>> a) {
    return coppice::agent<settings>::get(a, [](const settings& s) -> const int& { return s.port; });
}
