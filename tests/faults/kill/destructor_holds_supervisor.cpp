// SPDX-License-Identifier: BSL-1.0
// A child whose destructor waits for an hour, with shutdown(1s) and with brutal_kill.
// Right: terminate_child returns after about a second (the child is killed then); wrong: after an
// hour, as no limit ends the destructor's wait.
#include "case.hpp"
struct s {
    ~s() { this_process::sleep(1h); }
};
int main() {
    watchdog(10);
    log::set_level(severity::off);
    double took[2]{};
    testing::simulation sim{1};
    sim.run([&] {
        std::vector<child_spec> cs;
        cs.push_back(child<s>("timed").shutdown(1s));
        cs.push_back(child<s>("brutal").shutdown(brutal_kill));
        auto sup = start<supervisor>(supervisor_flags{}, cs);
        int i = 0;
        for (const char* id : {"timed", "brutal"}) {
            const auto t = this_process::now();
            supervisor::terminate_child(sup, id);
            took[i++] = std::chrono::duration<double>(this_process::now() - t).count();
        }
    });
    std::printf("timed: %.0f s, brutal_kill: %.0f s\n", took[0], took[1]);
    return verdict(took[0] < 5 && took[1] < 5,
                   "a destructor that waits and the supervisor's limit");
}
