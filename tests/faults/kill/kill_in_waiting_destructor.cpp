// SPDX-License-Identifier: BSL-1.0
// A local object's destructor calls a server at the normal end of its scope (nothing unwinds); the
// process is killed while it waits there.
// Right: the process ends and the program lives; wrong: the kill is thrown out of the noexcept
// destructor, std::terminate ends the program.
#include "case.hpp"
struct give_back {
    using reply = int;
};
struct pool {
    int handle_call(give_back) {
        this_process::sleep(1s);
        return 1;
    }
};
struct lease {
    server_ref<pool> p;
    ~lease() { (void)p.try_call(give_back{}); }
};
int main() {
    watchdog(20);
    const bool ok = in_child([] {
        log::set_level(severity::off);
        testing::simulation sim{1};
        sim.run([&] {
            auto p = start<pool>();
            const pid r = spawn([p] {
                { lease l{p}; }
                this_process::sleep(infinity);
            });
            this_process::sleep(500ms);
            r.exit(exit_reason::kill);
            this_process::sleep(5s);
        });
    });
    return verdict(ok, "a kill while a destructor waits");
}
