// SPDX-License-Identifier: BSL-1.0
// runtime::stop leaves a process behind that is suspended: it waits for a blocking piece of 3 s (a
// slow disk, a name look-up), the timeout is 300 ms.
// Right: stop returns, names it, and the program goes on (guarantee 16); wrong: its thread resumes
// itself and the program dies of SIGSEGV.
#include "case.hpp"
#include <coppice/blocking.hpp>
int main() {
    watchdog(20);
    const bool ok = in_child([] {
        log::set_level(severity::off);
        runtime::start({.threads = 1});
        spawn([] { blocking([] { std::this_thread::sleep_for(3s); }); });
        std::this_thread::sleep_for(100ms);
        const auto left = runtime::stop(300ms);
        std::printf("left behind: %s\n", left.empty() ? "no process" : left[0].name.c_str());
        std::fflush(stdout);
        std::this_thread::sleep_for(1s);
        _exit(left.size() == 1 ? 0 : 1);
    });
    return verdict(ok, "a suspended process is left behind");
}
