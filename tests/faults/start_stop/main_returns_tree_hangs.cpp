// SPDX-License-Identifier: BSL-1.0 application: main returns 0 at once; a worker computes for ever
// and does not suspend. stop_timeout is 1 s. Right: what is left is killed, named and left behind
// after stop_timeout, "so the program always ends"; wrong: run() waits for ever (no signal came, so
// no limit runs).
#include "case.hpp"
int main() {
    watchdog(20);
    log::set_level(severity::off);
    application_options o;
    o.stop_timeout = 1s;
    const auto t = std::chrono::steady_clock::now();
    const int code = application{{},
                                 {child<task<>>("busy",
                                                [] {
                                                    for (volatile long i = 0;;)
                                                        i = i + 1;
                                                })
                                      .shutdown(100ms)},
                                 o}
                         .run([] {
                             this_process::sleep(100ms);
                             return 0;
                         });
    std::printf("code %d after %.1f s\n", code,
                std::chrono::duration<double>(std::chrono::steady_clock::now() - t).count());
    std::fflush(stdout);
    _exit(verdict(code == 0, "stop_timeout when main returns"));
}
