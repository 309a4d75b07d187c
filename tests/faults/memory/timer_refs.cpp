// SPDX-License-Identifier: BSL-1.0
// Tries: the memory that a timer keeps: after cancel, after its target has died, after the runtime
// has stopped.
// Right: a cancelled message is freed at once; one whose target is dead is freed soon (OTP: a timer
// to a dead pid is cancelled); none leaks.
#include <coppice.hpp>
#include <cstdio>
#include <memory>
using namespace coppice;
using namespace std::chrono_literals;
struct load {
    std::shared_ptr<int> p;
};
int main() {
    int bad = 0;
    auto a = std::make_shared<int>(1), b = std::make_shared<int>(2), c = std::make_shared<int>(3);
    runtime::start({.threads = 2});
    runtime::run([&] {
        auto r = this_process::self().send_after(1h, load{a});
        (void)r.cancel();
        std::printf("%s after cancel: %ld owner, a second cancel is %s\n",
                    a.use_count() == 1 ? "ok   " : "WRONG", a.use_count(),
                    r.cancel() ? "granted" : "refused");
        auto m = spawn_monitor([] { this_process::sleep(infinity); });
        for (int i = 0; i < 1000; ++i)
            m.process.send_after(1h, load{b});
        m.process.exit(exit_reason::kill);
        this_process::receive<down>();
        this_process::sleep(300ms);
        for (int i = 0; i < 100 && b.use_count() > 1; ++i)
            this_process::sleep(50ms); // "soon", on a loaded machine
        bad += b.use_count() != 1;
        std::printf("%s 1000 timers of an hour to a dead process hold %ld messages\n",
                    b.use_count() == 1 ? "ok   " : "DIFF ", b.use_count() - 1);
        this_process::self().send_after(1h, load{c});
    });
    runtime::stop();
    const bool ok = a.use_count() == 1 && b.use_count() == 1 && c.use_count() == 1;
    std::printf("%s after stop: %ld + %ld\n", ok ? "ok   " : "WRONG", b.use_count() - 1,
                c.use_count() - 1);
    return bad + !ok;
}
