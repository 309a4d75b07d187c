// SPDX-License-Identifier: BSL-1.0
// application: main returns 0 while a process waits for a blocking piece of 8 s; runtime::stop has
// 5 s.
// Right: exit code 0, the process is named as left behind; wrong: SIGSEGV.
#include "case.hpp"
#include <coppice/blocking.hpp>
int main() {
    watchdog(30);
    const bool ok = in_child([] {
        log::set_level(severity::off);
        const int code = application{}.run([] {
            spawn([] { blocking([] { std::this_thread::sleep_for(8s); }); });
            this_process::sleep(50ms);
            return 0;
        });
        std::printf("code %d\n", code);
        std::fflush(stdout);
        std::exit(code);
    });
    return verdict(ok, "the exit code of an application that leaves a suspended process behind");
}
