// SPDX-License-Identifier: BSL-1.0
// A server that works in steps with continue_with (handle_continue asks for the next step) is
// killed.
// Right: it ends at the next step, as between messages; wrong: it never takes the signal, and the
// runtime leaves it behind.
#include "case.hpp"
struct go {};
struct s {
    void handle_cast(go) { this_process::continue_with(this, go{}); }
    void handle_continue(go) { this_process::continue_with(this, go{}); }
};
int main() {
    watchdog(30);
    log::set_level(severity::off);
    runtime::start({.threads = 2});
    bool ended = false;
    runtime::run([&] {
        auto r = start<s>();
        const pid p = r;
        (void)this_process::monitor(p);
        r.cast(go{});
        this_process::sleep(100ms);
        p.exit(exit_reason::kill);
        this_process::receive([&](down) { ended = true; }, after(3s, [] {}));
    });
    const auto left = runtime::stop(2s);
    std::printf("ended %d, left behind %zu\n", ended, left.size());
    std::fflush(stdout);
    _exit(verdict(ended && left.empty(), "kill between two continues"));
}
