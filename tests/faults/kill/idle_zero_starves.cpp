// SPDX-License-Identifier: BSL-1.0
// A server that works while idle (handle_info(timeout) calls idle_timeout(0) again) beside a
// process that wants to stop it. One thread, virtual time.
// Right: other processes run between two steps (OTP: receive after 0); wrong: no other process ever
// runs.
#include "case.hpp"
struct go {};
struct enough {};
static long steps;
struct s {
    bool more = true;
    void handle_cast(go) { this_process::idle_timeout(0s); }
    void handle_cast(enough) { more = false; }
    void handle_info(timeout) {
        ++steps;
        if (more)
            this_process::idle_timeout(0s);
    }
};
int main() {
    watchdog(10);
    testing::simulation sim{1};
    sim.run([&] {
        auto r = start<s>();
        r.cast(go{});
        this_process::yield();
        r.cast(enough{});
        this_process::sleep(1s);
    });
    std::printf("%ld steps\n", steps);
    return verdict(true, "idle_timeout(0) lets others run");
}
