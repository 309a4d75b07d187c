// SPDX-License-Identifier: BSL-1.0
// For users of CAF: its cell, a typed actor with put and get, and what a client does with it.
#include <coppice.hpp>
#include <iostream>

using namespace coppice;
using namespace std::chrono_literals;

struct put { // result<void>(put_atom, int32_t)
    int value;
};
struct get { // result<int32_t>(get_atom)
    using reply = int;
};
using cell_protocol = protocol<put, get>; // typed_actor<...>

class cell { // cell_state, and the behavior in one
public:
    void handle_cast(put p) { value_ = p.value; }
    int handle_call(get) const { return value_; }

private:
    int value_ = 0;
};

void client(const server_ref<cell_protocol>& c) {
    c.cast(put{7});                         // anon_send(c, put_atom_v, 7)
    auto first = c.send_request(get{}, 1s); // request(c, 1s, get_atom_v)
    std::cout << "get: " << first.get(1s) << '\n';

    const result<int> r = c.try_call(get{}, 1s); // receive with an error handler
    std::cout << "again: " << (r ? std::to_string(*r) : r.error().detail) << '\n';
}

int main() {
    return application{}.run([] {
        const auto c = start<cell>(); // spawn<cell>()
        client(c);
        const monitor_ref watch = this_process::monitor(c); // monitor, set_down_handler
        c.process().exit(exit_reason{"user_shutdown"});     // anon_send_exit
        const auto d = this_process::receive<down>();
        std::cout << "down: " << d.reason.text() << (d.ref == watch ? "" : "?") << '\n';
    });
}
