// SPDX-License-Identifier: BSL-1.0
// Tries: start_child, which_children and terminate_child on supervisors that are stopping.
// Right: no caller hangs: the call fails (exited / noproc) as soon as the supervisor is gone;
// nothing is started.
#include <coppice.hpp>
#include <cstdio>
using namespace coppice;
using namespace std::chrono_literals;
struct slow {
    slow() { this_process::trap_exit(true); }
    void terminate(const exit_reason&) { this_process::sleep(500ms); }
};
struct quick {};
int main() {
    int bad = 0;
    runtime::run([&] {
        this_process::trap_exit(true);
        auto sup = start_link<supervisor>(supervisor_flags{},
                                          std::vector<child_spec>{child<slow>("slow")});
        auto dyn = start_link<dynamic_supervisor>(dynamic_supervisor_flags{});
        supervisor::start_child(dyn, child<slow>("x"));
        sup.process().exit(exit_reason::shutdown);
        dyn.process().exit(exit_reason::shutdown);
        this_process::sleep(50ms);
        const auto t0 = this_process::now();
        auto r = supervisor::try_start_child(sup, child<quick>("q"));
        auto w = supervisor::try_which_children(sup);
        auto r2 = dynamic_supervisor::try_start_child(dyn, child<quick>("q"));
        auto e = supervisor::try_terminate_child(sup, "slow");
        const auto ms =
            std::chrono::duration_cast<std::chrono::milliseconds>(this_process::now() - t0).count();
        const bool ok = !r && !w && !r2 && !e && ms < 1500;
        std::printf("%s start: %s, which: %s, dynamic: %s, after %ld ms\n", ok ? "ok   " : "WRONG",
                    r ? "started" : to_string(r.error().code).data(),
                    w ? "list" : to_string(w.error().code).data(),
                    r2 ? "started" : to_string(r2.error().code).data(), long(ms));
        bad += !ok;
    });
    return bad;
}
