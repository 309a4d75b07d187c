// SPDX-License-Identifier: BSL-1.0
// log::configure while other threads write lines; afterwards no thread writes and flush() is
// called.
// Right: flush returns true at once; wrong: lines that fell between two writers are counted as
// waiting for ever, each flush (and each runtime::stop) takes its 2 s.
#include "case.hpp"
int main() {
    watchdog(60);
    std::atomic<bool> done{false};
    log::configure({.file = "./c0.log"});
    std::vector<std::thread> ts;
    for (int i = 0; i < 3; ++i)
        ts.emplace_back([&] {
            while (!done) {
                log::error("x");
                std::this_thread::yield();
            }
        });
    for (int k = 0; k < 8; ++k) {
        log::configure({.file = k % 2 ? "./c1.log" : "./c2.log"});
        std::this_thread::sleep_for(2ms);
    }
    done = true;
    for (auto& t : ts)
        t.join();
    (void)log::flush(10s);
    const auto t0 = std::chrono::steady_clock::now();
    const bool all = log::flush(2s);
    std::printf("flush %d after %.2f s\n", all,
                std::chrono::duration<double>(std::chrono::steady_clock::now() - t0).count());
    std::fflush(stdout);
    _exit(verdict(all, "log::configure beside lines"));
}
