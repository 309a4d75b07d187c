// SPDX-License-Identifier: BSL-1.0
// runtime::run called in a plain handler of Asio, on the runtime's own (only) thread.
// Right: refused, as start and call are (would_block, logic_error); wrong: the thread waits for
// itself for ever.
#include "case.hpp"
int main() {
    watchdog(8);
    log::set_level(severity::off);
    runtime::start({.threads = 1, .time_slice = 0s});
    bool refused = false, ran = false;
    runtime::run([&] {
        boost::asio::post(this_process::io_executor(), [&] {
            try {
                runtime::run([&] { ran = true; });
            } catch (const std::logic_error&) {
                refused = true;
            }
        });
        this_process::sleep(1s);
    });
    runtime::stop();
    std::printf("refused %d, ran %d\n", refused, ran);
    return verdict(refused, "runtime::run in a handler of Asio");
}
