// SPDX-License-Identifier: BSL-1.0
// A plain thread reads the clock (this_process::now) and logs while another stops and starts the
// runtime. Run it with MALLOC_PERTURB_=85 (the program sets it and runs itself again).
// Right: no invalid reads; wrong: clock_now, time_now, new_process look into the runtime without
// holding its gate, and read freed memory.
#include "case.hpp"
#include <execinfo.h>
static void show(int) {
    void* a[12];
    const int n = backtrace(a, 12);
    backtrace_symbols_fd(a, n, 1);
    _exit(139);
}
int main(int, char** argv) {
    if (!getenv("MALLOC_PERTURB_")) {
        setenv("MALLOC_PERTURB_", "85", 1);
        execv(argv[0], argv);
    }
    signal(SIGSEGV, show);
    watchdog(60);
    log::configure({.level = severity::off});
    static std::atomic<bool> done{false};
    static std::atomic<long> n{0};
    std::vector<std::thread> readers;
    for (int k = 0; k < 12; ++k)
        readers.emplace_back([] {
            while (!done) {
                (void)this_process::now();
                log::report(severity::critical, log::written_line{"x"});
                ++n;
            }
        });
    const auto t0 = std::chrono::steady_clock::now();
    int rounds = 0;
    while (std::chrono::steady_clock::now() - t0 < 15s) {
        testing::simulation sim{1};
        ++rounds;
    }
    done = true;
    for (auto& r : readers)
        r.join();
    std::printf("%d rounds, %ld looks\n", rounds, n.load());
    return verdict(true, "the clock and the log beside start and stop");
}
