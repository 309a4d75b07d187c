// SPDX-License-Identifier: BSL-1.0
// start_as with a limit of 100 ms; the constructor waits for a blocking piece of 2 s.
// Right: `timeout` after about 0.1 s ("the process is killed"); wrong: the starter (a supervisor,
// say) waits for the constructor to end, however long.
#include "case.hpp"
#include <coppice/blocking.hpp>
struct s {
    s() {
        blocking([] { std::this_thread::sleep_for(2s); });
    }
};
int main() {
    watchdog(20);
    log::set_level(severity::off);
    runtime::start({.threads = 1});
    double took = 0;
    runtime::run([&] {
        const auto t = this_process::now();
        auto r = try_start<s>({.timeout = 100ms});
        took = std::chrono::duration<double>(this_process::now() - t).count();
        std::printf("%s\n", r ? "started" : std::string{to_string(r.error().code)}.c_str());
    });
    runtime::stop();
    std::printf("after %.2f s\n", took);
    return verdict(took < 1, "the limit of a start");
}
