// SPDX-License-Identifier: BSL-1.0
// idle_timeout(0) while only system requests (sys:suspend, resume) wait in the mailbox.
// Right: handle_info(timeout) is called after the resume (OTP keeps the time-out over system
// messages); wrong: never.
#include "case.hpp"
struct second {};
struct count {
    using reply = int;
};
struct s {
    int n = 0;
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
        r.cast(second{});
        this_process::sleep(500ms);
        (void)sys::try_suspend(r);
        (void)sys::try_resume(r);
        this_process::sleep(60s);
        n = r.call(count{});
    });
    std::printf("timeouts: %d\n", n);
    return verdict(n == 1, "idle_timeout(0) beside suspend/resume");
}
