// SPDX-License-Identifier: BSL-1.0 Tries: a long-lived process that links, monitors, unlinks,
// demonitors, starts and calls live and dead processes, 60,000 times. Right: no trace is left:
// process_info lists no link or monitor, memory is level, no message is left.
#include <coppice.hpp>
#include <cstdio>
#include <fstream>
using namespace coppice;
using namespace std::chrono_literals;
static long rss() {
    std::ifstream f("/proc/self/statm");
    long a, b;
    f >> a >> b;
    return b * 4;
}
struct ask {
    using reply = int;
};
struct srv {
    int handle_call(ask) { return 1; }
};
int main() {
    int bad = 0;
    runtime::start({.threads = 2});
    runtime::run([&] {
        this_process::trap_exit(true);
        const auto round = [](int n) {
            for (int i = 0; i < n; ++i) {
                auto p = spawn_link([] {});
                auto m = this_process::monitor(p);
                this_process::unlink(p);
                this_process::demonitor(m, this_process::flush::yes);
                while (this_process::receive<exit_signal>(0ms)) {}
                auto s = start_monitor<srv>();
                (void)s.server.try_call(ask{}, infinity);
                s.server.stop();
                this_process::receive<down>();
                (void)s.server.try_call(ask{});
                (void)s.server.send_request(ask{});
            }
        };
        round(20'000);
        const long a = rss();
        round(40'000);
        const long b = rss();
        auto i = this_process::info();
        const bool ok = b - a < 2048 && i.links.empty() && i.monitors.empty() && i.messages == 0;
        std::printf("%s rss %ld -> %ld KiB, links %zu, monitors %zu, messages %zu\n",
                    ok ? "ok   " : "WRONG", a, b, i.links.size(), i.monitors.size(), i.messages);
        bad += !ok;
    });
    runtime::stop();
    return bad;
}
