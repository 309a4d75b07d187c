// SPDX-License-Identifier: BSL-1.0
// runtime::stop called inside a process.
// Right: refused with a sentence (as runtime::run and application::run are); wrong: it kills all,
// waits its 5 s for itself, and goes on as an unstopped process of a runtime that is gone.
#include "case.hpp"
int main() {
    watchdog(20);
    log::set_level(severity::off);
    runtime::start({.threads = 1});
    static std::atomic<bool> refused{false}, returned{false};
    static std::size_t left;
    spawn([] {
        try {
            left = runtime::stop(1s).size();
            returned = true;
        } catch (const std::logic_error&) {
            refused = true;
        }
    });
    std::this_thread::sleep_for(3s);
    std::printf("refused %d, returned %d with %zu left behind, running %d\n", refused.load(),
                returned.load(), left, runtime::running());
    std::fflush(stdout);
    _exit(verdict(refused, "runtime::stop inside a process"));
}
