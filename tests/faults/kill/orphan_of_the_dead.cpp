// SPDX-License-Identifier: BSL-1.0
// A killed process unwinds; a destructor on its stack says spawn_link.
// Right: the child is linked with the dead, so it ends at once; wrong: nobody ever tells it, it lives on as an orphan.
#include "case.hpp"
static pid child_;
struct last_words {
    ~last_words() {
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
            last_words x;
            this_process::sleep(infinity);
        });
        this_process::sleep(1s);
        p.exit(exit_reason::kill);
        this_process::sleep(60s);
        alive = child_.alive();
    });
    return verdict(!alive, "a link that is made by a process which is exited already");
}
