// SPDX-License-Identifier: BSL-1.0
// A killed process unwinds; a destructor on its stack calls spawn_link.
// Right: the child is linked with a dead process, so it exits at once; wrong: no exit signal ever
// reaches it, and it lives on.
#include "case.hpp"
static pid child_;
struct child_program_output {
    ~child_program_output() {
        child_ = spawn_link([] { this_process::sleep(infinity); });
    }
};
int main() {
    watchdog(10);
    log::set_level(severity::off);
    bool alive = false;
    testing::simulation sim{1};
    sim.run([&] {
        const pid p = spawn([] {
            child_program_output x;
            this_process::sleep(infinity);
        });
        this_process::sleep(1s);
        p.exit(exit_reason::kill);
        this_process::sleep(60s);
        alive = child_.alive();
    });
    return verdict(!alive, "a link that is made by a process which is exited already");
}
