// SPDX-License-Identifier: BSL-1.0
// runtime::stop(duration::max()), "as long as it takes", while a process takes 300 ms to unwind.
// Right: stop waits for it, no process is left behind; wrong: now + max wraps round, every process
// is left behind at once.
#include "case.hpp"
struct slow {
    ~slow() { this_process::sleep(300ms); }
};
int main() {
    watchdog(20);
    log::set_level(severity::off);
    runtime::start({.threads = 1});
    spawn([] {
        slow x;
        this_process::sleep(infinity);
    });
    std::this_thread::sleep_for(100ms);
    const auto left = runtime::stop(std::chrono::steady_clock::duration::max());
    std::printf("left behind %zu\n", left.size());
    std::fflush(stdout);
    _exit(verdict(left.empty(), "runtime::stop(duration::max())"));
}
