// SPDX-License-Identifier: BSL-1.0
// A server is killed while its handle_call waits; the handler swallows the kill (catch (...)) and
// returns a value.
// Right: the caller gets `exited` once and runs on; wrong: the request is answered again, the
// caller's fiber is woken twice, memory that was freed is written.
#include "case.hpp"
struct ask {
    using reply = int;
};
struct s {
    int handle_call(ask) {
        try {
            this_process::sleep(10s);
        } catch (...) {}
        return 42;
    }
};
int main() {
    watchdog(20);
    log::set_level(severity::off);
    int early = 0, answered = 0, failed = 0, lost = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        testing::simulation sim{seed};
        sim.run([&] {
            auto r = start<s>();
            (void)spawn_monitor([&, r] {
                auto a = r.try_call(ask{}, infinity);
                if (a)
                    ++answered;
                else
                    ++failed;
                for (int i = 0; i < 3; ++i) {
                    const auto t = this_process::now();
                    this_process::sleep(1s);
                    if (this_process::now() - t < 1s)
                        ++early;
                }
            });
            this_process::sleep(1s);
            r.process().exit(exit_reason::kill);
            this_process::receive([](down) {}, after(60s, [&] { ++lost; }));
        });
        std::printf("seed %d: failed %d, answered %d, sleeps cut short %d, clients lost %d\n",
                    int(seed), failed, answered, early, lost);
        std::fflush(stdout);
    }
    return verdict(failed == 20 && answered == 0 && early == 0 && lost == 0,
                   "a handle_call that swallows its kill");
}
