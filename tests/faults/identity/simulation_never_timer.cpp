// SPDX-License-Identifier: BSL-1.0
// A simulation in which one timer lies for ever ahead (send_after(duration::max())), and no process
// can run.
// Right: ~simulation kills all and returns at once; wrong: its thread jumps from wheel to wheel,
// never takes its messages, and is left behind after 5 s.
#include "case.hpp"
struct never {};
int main() {
    watchdog(30);
    log::set_level(severity::off);
    const auto t = std::chrono::steady_clock::now();
    {
        testing::simulation sim{1};
        sim.run([&] {
            const pid p = spawn([] { this_process::receive<never>(); });
            p.send_after(std::chrono::steady_clock::duration::max(), never{});
            this_process::sleep(1s);
        });
    }
    const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - t).count();
    std::printf("took %.2f s\n", took);
    std::fflush(stdout);
    _exit(verdict(took < 2, "a timer that never fires, in a simulation"));
}
