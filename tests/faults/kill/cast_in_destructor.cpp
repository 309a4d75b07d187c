// SPDX-License-Identifier: BSL-1.0
// A server is killed a second time between the signal and its exit (here from the exit hook; else a
// race), and its destructor casts.
// Right: each cast is delivered or dropped once; wrong: try_post drops the envelope,
// cancellation_point does not throw in a destructor, and the freed envelope is sent.
#include "case.hpp"
struct note {
    std::unique_ptr<int> p;
};
static int got, broken;
static pid victim;
struct sink {
    void handle_cast(note n) {
        ++got;
        if (!n.p || *n.p != 7)
            ++broken;
    }
};
static server_ref<sink> the_sink;
struct s {
    ~s() {
        for (int i = 0; i < 3; ++i)
            the_sink.cast(note{std::make_unique<int>(7)});
    }
};
int main() {
    watchdog(10);
    const bool ok = in_child([] {
        log::set_level(severity::off);
        testing::simulation sim{1};
        sim.run([&] {
            the_sink = start<sink>();
            auto r = start<s>();
            victim = r;
            detail::set_exit_hook([](pid who, const exit_reason&) {
                if (who == victim) {
                    detail::set_exit_hook(nullptr);
                    std::thread{[] { victim.exit(exit_reason::kill); }}.join();
                }
            });
            r.process().exit(exit_reason::kill);
            this_process::sleep(1s);
        });
        std::printf("notes %d (3 is right), broken %d\n", got, broken);
        std::fflush(stdout);
        _exit(got == 3 && broken == 0 ? 0 : 1);
    });
    return verdict(ok, "a cast in the destructor of a server that was killed twice");
}
