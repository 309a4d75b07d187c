// SPDX-License-Identifier: BSL-1.0
// A plain Asio timer handler (io_executor) spawns a process that waits, every 200 us, while
// runtime::stop runs; ten program runs.
// Right: stop ends all and returns; wrong: the program crashes in stop (processes spawned after the
// last look at the live ones), or every process spawned meanwhile is "left behind" after the full
// timeout.
#include "case.hpp"
struct never {};
struct ticker : std::enable_shared_from_this<ticker> {
    boost::asio::steady_timer t;
    explicit ticker(boost::asio::any_io_executor e) : t{e} {}
    void go() {
        t.expires_after(200us);
        t.async_wait([me = shared_from_this()](boost::system::error_code ec) {
            if (ec)
                return;
            spawn([] { this_process::receive<never>(); });
            me->go();
        });
    }
};
int main() {
    int bad = 0;
    for (int i = 0; i < 10; ++i)
        bad += !in_child([] {
            watchdog(10);
            log::set_level(severity::off);
            runtime::start({.threads = 2});
            runtime::run([] { std::make_shared<ticker>(this_process::io_executor())->go(); });
            std::this_thread::sleep_for(20ms);
            const auto t = std::chrono::steady_clock::now();
            const auto left = runtime::stop(1s);
            std::printf("stop took %.3f s, left %zu\n",
                        std::chrono::duration<double>(std::chrono::steady_clock::now() - t).count(),
                        left.size());
            std::fflush(stdout);
            _exit(left.empty() ? 0 : 1);
        });
    return verdict(bad == 0, "runtime::stop beside a handler that spawns");
}
