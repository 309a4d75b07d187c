// SPDX-License-Identifier: BSL-1.0
// A handler calls continue_with, waits, is killed, swallows the kill (catch (...)) and returns.
// Right: the server ends; wrong: front() of the empty list of continues (its envelopes went at the
// exit): the program crashes.
#include "case.hpp"
struct go {};
struct s {
    void handle_cast(go) {
        this_process::continue_with(this, go{});
        try {
            this_process::sleep(10s);
        } catch (...) {}
    }
    void handle_continue(go) {}
};
int main() {
    watchdog(20);
    const bool ok = in_child([] {
        log::set_level(severity::off);
        testing::simulation sim{1};
        sim.run([&] {
            auto r = start<s>();
            r.cast(go{});
            this_process::sleep(1s);
            r.process().exit(exit_reason::kill);
            this_process::sleep(1s);
        });
    });
    return verdict(ok, "continue_with and a swallowed kill");
}
