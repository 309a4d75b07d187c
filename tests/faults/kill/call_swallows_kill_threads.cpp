// SPDX-License-Identifier: BSL-1.0
// The same on real threads, with a client that allocates and calls on.
// Right: clients get `exited`, nothing is corrupted; wrong: crash, hang, or an answer of another
// call.
#include "case.hpp"
struct ask {
    using reply = int;
};
struct echo {
    int n;
    using reply = int;
};
struct s {
    int handle_call(ask) {
        try {
            this_process::sleep(10s);
        } catch (...) {}
        return 42;
    }
};
struct e {
    int handle_call(echo m) { return m.n; }
};
int main() {
    const bool ok = in_child([] {
        watchdog(30);
        log::set_level(severity::off);
        runtime::start({.threads = 2});
        static std::atomic<int> bad, done_;
        runtime::run([] {
            auto ec = start<e>();
            std::vector<monitor_ref> ms;
            for (int k = 0; k < 50; ++k)
                ms.push_back(spawn_monitor([ec] {
                                 for (int i = 0; i < 20; ++i) {
                                     auto r = start<s>();
                                     spawn([r] {
                                         this_process::sleep(2ms);
                                         r.process().exit(exit_reason::kill);
                                     });
                                     auto a = r.try_call(ask{}, infinity);
                                     if (a)
                                         ++bad;
                                     for (int j = 0; j < 20; ++j)
                                         if (ec.call(echo{j}) != j)
                                             ++bad;
                                 }
                                 ++done_;
                             }).monitor);
            for (auto& m : ms)
                this_process::receive(when([&](const down& d) { return d.ref == m; }, [](down) {}));
        });
        std::printf("wrong answers %d, clients done %d of 50\n", bad.load(), done_.load());
        std::fflush(stdout);
        _exit(bad == 0 && done_ == 50 ? 0 : 1);
    });
    return verdict(ok, "a handle_call that swallows its kill, on threads");
}
