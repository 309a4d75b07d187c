// SPDX-License-Identifier: BSL-1.0
// Tries: a transient child whose uncaught call meets a server that ends with `normal` without
// answering. Right (OTP): the caller ends with {normal, {gen_server, call, ..}}, which is a
// failure: it is restarted, linked ones die.
#include <coppice.hpp>
#include <cstdio>
using namespace coppice;
using namespace std::chrono_literals;
struct ask {
    using reply = int;
};
struct server {
    int handle_call(ask) { this_process::exit(exit_reason::normal); }
};
static std::atomic<int> runs{0};
int main() {
    int bad = 0;
    application{}.run([&] {
        auto sup = start_link<supervisor>(
            supervisor_flags{.intensity = 5},
            std::vector<child_spec>{child<task<>>("worker", [] {
                                        if (++runs > 2)
                                            this_process::sleep(infinity);
                                        auto s = start<server>();
                                        (void)s.call(
                                            ask{}); // call_error{exited, normal} leaves the process
                                        std::printf("never here\n");
                                    }).restart(transient)});
        this_process::sleep(300ms);
        std::printf("%s the transient child ran %d time(s)\n", runs > 1 ? "ok   " : "WRONG",
                    runs.load());
        bad += runs < 2;
        (void)spawn_monitor([] {
            auto s = start<server>();
            (void)s.call(ask{});
        });
        const auto why = this_process::receive<down>().reason;
        std::printf("%s reason of a caller that let the failure out: %s\n",
                    why.is_orderly() ? "WRONG" : "ok   ", why.text().c_str());
        bad += why.is_orderly();
        auto linked = spawn_monitor([] {
            spawn_link([] {
                auto s = start<server>();
                (void)s.call(ask{});
            });
            this_process::sleep(infinity);
        });
        auto d = this_process::receive<down>(300ms);
        std::printf("%s a process linked to such a caller: %s\n", d ? "ok   " : "WRONG",
                    d ? d->reason.text().c_str() : "was told nothing");
        bad += !d;
        (void)sup;
        (void)linked;
    });
    return bad != 0;
}
