// SPDX-License-Identifier: BSL-1.0
// A plain Asio handler spins for 400 ms on a thread where two processes yield to each other all the
// time.
// Right: the long_handler report does not name a process that only waits; wrong: it does.
#include "case.hpp"
int main() {
    watchdog(20);
    std::string name = "(no report)";
    std::mutex m;
    log::set_level(severity::off);
    auto sub = log::subscribe(severity::debug, [&](const log::record& r) {
        if (auto* l = r.get_if<long_handler>()) {
            std::lock_guard h{m};
            name = "'" + l->name + "' " + l->type;
        }
    });
    runtime::start({.threads = 1});
    runtime::run([&] {
        for (const char* n : {"innocent_a", "innocent_b"})
            spawn([n] {
                (void)register_name(n, this_process::self());
                for (const auto t = this_process::now(); this_process::now() - t < 1s;)
                    this_process::yield();
            });
        boost::asio::post(this_process::io_executor(), [] {
            const auto t = std::chrono::steady_clock::now();
            while (std::chrono::steady_clock::now() - t < 400ms) {}
        });
        this_process::sleep(1500ms);
    });
    runtime::stop();
    std::printf("reported: %s\n", name.c_str());
    return verdict(name.find("innocent") == name.npos,
                   "a long plain handler of Asio is no process's fault");
}
