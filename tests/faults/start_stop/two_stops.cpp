// SPDX-License-Identifier: BSL-1.0
// Two plain threads stop the runtime at the same time (say, a signal thread and main).
// Right: one stops it, the other waits or returns; wrong: joined twice, deleted twice.
#include "case.hpp"
int main() {
    watchdog(60);
    int bad = 0;
    for (int i = 0; i < 5; ++i)
        bad += !in_child([] {
            watchdog(8);
            log::set_level(severity::off);
            for (int k = 0; k < 50; ++k) {
                runtime::start({.threads = 1, .time_slice = 0s});
                std::thread a{[] { runtime::stop(); }};
                runtime::stop();
                a.join();
            }
        });
    return verdict(bad == 0, "runtime::stop from two threads");
}
