// SPDX-License-Identifier: BSL-1.0
// A plain Asio handler locks a boost::fibers::mutex that a process holds over a sleep.
// Right: refused, or waits and goes on without harm to any process; wrong: crash, hang, or a
// process that runs twice.
#include "case.hpp"
#include <boost/fiber/mutex.hpp>
int main() {
    watchdog(25);
    const bool ok = in_child([] {
        watchdog(12);
        log::set_level(severity::off);
        runtime::start({.threads = 1, .time_slice = 0s});
        static boost::fibers::mutex m;
        static int locked = 0, woke = 0;
        static bool early = false;
        runtime::run([&] {
            spawn([] {
                m.lock();
                this_process::sleep(300ms);
                m.unlock();
            });
            this_process::sleep(50ms);
            spawn([] { // stands on the stack on which the handler will run
                boost::asio::post(this_process::io_executor(), [] {
                    m.lock();
                    ++locked;
                    m.unlock();
                });
                const auto t = this_process::now();
                this_process::sleep(1s);
                early = this_process::now() - t < 990ms;
                ++woke;
            });
            this_process::sleep(3s);
        });
        std::printf("handler got the lock %d times, process woke %d times, early %d\n", locked,
                    woke, early);
        std::fflush(stdout);
        runtime::stop();
        _exit(locked == 1 && woke == 1 && !early ? 0 : 1);
    });
    return verdict(ok, "boost::fibers::mutex in a plain handler");
}
