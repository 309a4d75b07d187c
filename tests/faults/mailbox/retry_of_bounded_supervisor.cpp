// SPDX-License-Identifier: BSL-1.0
// A supervisor with a bounded mailbox (reject) whose child fails to restart while the mailbox is
// full.
// Right: it tries again until the child runs (or gives up); wrong: its own retry is refused, the
// child is `restarting` for ever.
#include "case.hpp"
static int starts = 0;
struct crash {};
struct note {};
struct s {
    s() {
        if (++starts == 2) {
            this_process::sleep(1s);
            throw std::runtime_error{"not yet"};
        }
    }
    void handle_cast(crash) { throw std::runtime_error{"crash"}; }
};
int main() {
    watchdog(20);
    std::string status;
    log::set_level(severity::off);
    testing::simulation sim{1};
    sim.run([&] {
        std::vector<child_spec> cs;
        cs.push_back(child<s>("s"));
        auto sup =
            start<supervisor>({.mailbox = {.messages = 2, .policy = overflow_policy::reject}},
                              supervisor_flags{.intensity = 100}, cs);
        auto kids = supervisor::which_children(sup);
        server_ref<s>{kids[0].process}.cast(crash{});
        this_process::sleep(500ms); // it restarts: the constructor takes a second
        for (int i = 0; i < 10; ++i)
            sup.process().send(note{});
        this_process::sleep(60s);
        status = to_string(supervisor::which_children(sup)[0].status);
    });
    std::printf("child: %s after a minute, %d starts\n", status.c_str(), starts);
    return verdict(status == "running", "a bounded supervisor's own retry");
}
