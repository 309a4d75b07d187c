// SPDX-License-Identifier: BSL-1.0
// drop_oldest with a limit of 2: ten messages come while a handler waits; a harmless look (info)
// comes too.
// Right: only the two newest are handled, as without the look; wrong: all ten are.
#include "case.hpp"
struct item {
    int n;
};
struct go {};
struct count {
    using reply = int;
};
struct s {
    int n = 0;
    void handle_cast(go) { this_process::sleep(1s); }
    void handle_cast(item) { ++n; }
    int handle_call(count) { return n; }
};
int main() {
    watchdog(10);
    log::set_level(severity::off);
    int n[2];
    for (int look = 0; look < 2; ++look) {
        testing::simulation sim{1};
        sim.run([&] {
            auto r = start<s>({.mailbox = {.messages = 2, .policy = overflow_policy::drop_oldest}});
            r.cast(go{});
            this_process::sleep(100ms);
            for (int i = 0; i < 10; ++i)
                r.cast(item{i});
            if (look)
                (void)process_info(r);
            this_process::sleep(10s);
            n[look] = r.call(count{});
        });
    }
    std::printf("handled %d without a look, %d with\n", n[0], n[1]);
    return verdict(n[0] == 2 && n[1] == 2, "drop_oldest keeps its bound");
}
