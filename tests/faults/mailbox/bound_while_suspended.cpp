// SPDX-License-Identifier: BSL-1.0
// A server with a bounded mailbox (reject, 4) is suspended (sys:suspend) and sent 1000 casts.
// Right: 4 are accepted (guarantee 15); wrong: all, since what is parked gives its room back.
#include "case.hpp"
struct m {};
struct s {
    void handle_cast(m) {}
};
int main() {
    watchdog(10);
    log::set_level(severity::off);
    int accepted = 0;
    testing::simulation sim{1};
    sim.run([&] {
        auto r = start<s>({.mailbox = {.messages = 4, .policy = overflow_policy::reject}});
        (void)sys::try_suspend(r);
        for (int i = 0; i < 1000; ++i) {
            accepted += bool(r.try_cast(m{}));
            this_process::sleep(1ms);
        }
    });
    std::printf("accepted %d\n", accepted);
    return verdict(accepted <= 5, "the bound of a suspended server");
}
