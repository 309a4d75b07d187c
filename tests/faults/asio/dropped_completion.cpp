// SPDX-License-Identifier: BSL-1.0
// A process waits with use_process for a timer of an io_context that is destroyed: the handler is
// dropped, never called. Then it is killed.
// Right: it ends (with an error, or at least by the kill); wrong: it can never be ended.
#include "case.hpp"
int main() {
    watchdog(20);
    log::set_level(severity::off);
    runtime::start({.threads = 1});
    bool ended = false;
    runtime::run([&] {
        auto io = std::make_unique<boost::asio::io_context>();
        boost::asio::io_context* raw = io.get();
        [[maybe_unused]] auto p = spawn_monitor([raw] {
            auto t = new boost::asio::steady_timer{*raw, 1h};
            t->async_wait(use_process);
        });
        this_process::sleep(100ms);
        io.reset();
        this_process::receive([&](down) { ended = true; }, after(1s, [] {}));
        std::printf("ended when the handler was dropped: %d\n", ended);
        std::fflush(stdout);
    });
    _exit(verdict(ended, "a completion handler that is dropped"));
}
