// SPDX-License-Identifier: BSL-1.0
// handle_call takes its message by const reference; the server is killed while the handler waits; a
// local's destructor reads the message.
// Right: the message lives until the handler has unwound; wrong: it is destroyed (and freed)
// before.
#include "case.hpp"
static bool destroyed, used_after;
struct ask {
    using reply = int;
    std::unique_ptr<int> mark;
    ask() : mark(new int{7}) {}
    ask(ask&& o) noexcept = default;
    ~ask() {
        if (mark)
            destroyed = true;
    }
};
struct s {
    int handle_call(const ask& q) {
        struct g {
            const ask& q;
            ~g() {
                this_process::sleep(1ms);
                used_after = destroyed;
            }
        } guard{q};
        this_process::sleep(10s);
        return 1;
    }
};
int main() {
    watchdog(20);
    log::set_level(severity::off);
    testing::simulation sim{1};
    sim.run([&] {
        auto r = start<s>();
        spawn([r] { (void)r.try_call(ask{}, infinity); });
        this_process::sleep(1s);
        r.process().exit(exit_reason::kill);
        this_process::sleep(1s);
    });
    std::printf("message destroyed while the handler still stood on its stack: %d\n", used_after);
    return verdict(!used_after, "lifetime of a call's message");
}
