// SPDX-License-Identifier: BSL-1.0
// Twenty linked processes are told of an exit; the order in which they run is printed. The program
// runs itself six times: address randomisation differs.
// Right: the same order each time, since the seed is the same (guarantee 18); wrong: it differs.
#include "case.hpp"
#include <set>
int main(int argc, char** argv) {
    watchdog(30);
    if (argc == 1) {
        std::set<std::string> all;
        for (int i = 0; i < 6; ++i) {
            std::string out;
            FILE* f = popen((std::string{argv[0]} + " x").c_str(), "r");
            for (int c; (c = fgetc(f)) != EOF;)
                out += char(c);
            pclose(f);
            all.insert(out);
        }
        for (auto& o : all)
            std::printf("%s", o.c_str());
        return verdict(all.size() == 1, "one seed, six runs of the program");
    }
    testing::simulation sim{1};
    std::string order;
    sim.run([&] {
        spawn([&] {
            for (int i = 0; i < 20; ++i)
                spawn_link([&order, i] {
                    this_process::trap_exit(true);
                    this_process::receive([&](exit_signal) { order += std::to_string(i) + ' '; });
                });
            this_process::sleep(1s);
            this_process::exit(exit_reason::shutdown);
        });
        this_process::sleep(2s);
    });
    std::printf("%s\n", order.c_str());
}
