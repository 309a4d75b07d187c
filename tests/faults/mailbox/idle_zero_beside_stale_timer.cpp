// SPDX-License-Identifier: BSL-1.0
// idle_timeout(0) while the mailbox holds only an envelope of the runtime (here the server's own
// stale idle timer).
// Right: handle_info(timeout) is called once; wrong: never.
#include "case.hpp"
struct first {};
struct second {};
struct count {
    using reply = int;
};
struct s {
    int n = 0;
    void handle_cast(first) { this_process::idle_timeout(1s); }
    void handle_cast(second) {
        this_process::sleep(2s);
        this_process::idle_timeout(0s);
    }
    void handle_info(timeout) { ++n; }
    int handle_call(count) { return n; }
};
int main() {
    watchdog(20);
    int n = -1;
    testing::simulation sim{1};
    sim.run([&] {
        auto r = start<s>();
        r.cast(first{});
        this_process::sleep(500ms);
        r.cast(second{});
        this_process::sleep(60s);
        n = r.call(count{});
    });
    std::printf("timeouts: %d\n", n);
    return verdict(n == 1, "idle_timeout(0) beside a stale idle timer");
}
