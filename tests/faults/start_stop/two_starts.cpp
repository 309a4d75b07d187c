// SPDX-License-Identifier: BSL-1.0
// Two plain threads start the runtime at the same time.
// Right: one thread throws logic_error ("runs already"); wrong: both start one, and one of the two
// is lost with its threads.
#include "case.hpp"
int main() {
    watchdog(40);
    log::set_level(severity::off);
    int both = 0;
    for (int k = 0; k < 300; ++k) {
        std::atomic<int> ready{0}, ok{0};
        auto f = [&] {
            ++ready;
            while (ready < 2) {}
            try {
                runtime::start({.threads = 1, .time_slice = 0s});
                ++ok;
            } catch (const std::logic_error&) {}
        };
        std::thread a{f};
        f();
        a.join();
        both += ok == 2;
        runtime::stop();
    }
    std::printf("both started in %d of 300 rounds\n", both);
    std::fflush(stdout);
    _exit(verdict(both == 0, "runtime::start from two threads"));
}
