// SPDX-License-Identifier: BSL-1.0
// A dynamic supervisor's start function returns a pid that the pool already has.
// Right: one child is counted and none after it ended; wrong: a child without a process stays in
// the list as running.
#include "case.hpp"
struct ghost_msg {};
int main() {
    watchdog(20);
    log::set_level(severity::off);
    std::size_t before = 0, after_ = 0;
    testing::simulation sim{1};
    sim.run([&] {
        auto sup = start<dynamic_supervisor>();
        static pid shared;
        const child_spec c{.id = "x",
                           .start =
                               [] {
                                   if (!shared)
                                       shared =
                                           spawn_link([] { this_process::receive<ghost_msg>(); });
                                   return shared;
                               },
                           .restart = temporary};
        dynamic_supervisor::start_child(sup, c);
        (void)dynamic_supervisor::try_start_child(sup, c); // an error
        before = dynamic_supervisor::count_children(sup).active;
        shared.exit(exit_reason::kill);
        this_process::sleep(1s);
        after_ = dynamic_supervisor::which_children(sup).size();
    });
    std::printf("active %zu, listed after the end %zu\n", before, after_);
    return verdict(after_ == 0, "a start that returns a pid which the pool has");
}
