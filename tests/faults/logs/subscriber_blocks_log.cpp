// SPDX-License-Identifier: BSL-1.0
// log::subscribe<E>(pid), the library's own, to a process with a bounded mailbox (block) that
// itself logs.
// Right: the reporters go on; wrong: one reporter is suspended with the log's lock, and each
// process that logs blocks its thread: all stop.
#include "case.hpp"
struct event {
    int n;
};
void describe(const event&, log::description& d) { d.say("event"); }
int main() {
    watchdog(55);
    log::configure({.level = severity::off, .keep = severity::off});
    runtime::start({.threads = 2});
    static std::atomic<int> seen, sent;
    std::thread{[] {
        for (int i = 0; i < 13; ++i) {
            std::this_thread::sleep_for(4s);
            std::printf("sent %d, seen %d\n", sent.load(), seen.load());
            std::fflush(stdout);
        }
    }}.detach();
    runtime::run([&] {
        const pid listener = spawn({.priority = priority::low,
                                    .mailbox = {.messages = 4, .policy = overflow_policy::block}},
                                   [] {
                                       for (;;) {
                                           this_process::receive<event>();
                                           ++seen;
                                           log::report(severity::info, log::written_line{"seen"});
                                       }
                                   });
        static auto sub = log::subscribe<event>(listener);
        std::vector<monitor_ref> all;
        for (int i = 0; i < 16; ++i) {
            auto w = spawn_monitor([] {
                for (int n = 0; n < 500; ++n) {
                    log::report(severity::info, event{n});
                    ++sent;
                }
            });
            all.push_back(w.monitor);
        }
        for (auto& m : all)
            this_process::receive(when([&](const down& d) { return d.ref == m; }, [](down) {}));
    });
    while (seen < 8000)
        std::this_thread::sleep_for(
            1ms); // what is sent has still to be received; the watchdog ends it
    std::printf("sent %d, seen %d\n", sent.load(), seen.load());
    _exit(verdict(sent == 8000 && seen == 8000, "log::subscribe to a bounded process"));
}
