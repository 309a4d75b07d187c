// SPDX-License-Identifier: BSL-1.0
// The application master (the parent of the top supervisor) is killed, as a chaos test over
// processes() does.
// Right: application::run returns 1 and reports that the tree ended; wrong: it waits for ever
// without a tree.
#include "case.hpp"
struct s {};
int main() {
    watchdog(10);
    log::set_level(severity::off);
    std::thread{[] {
        while (processes().size() < 3) // the application master, the top supervisor, the child
            std::this_thread::yield();
        for (pid p : processes())
            p.exit(exit_reason::kill);
        std::this_thread::sleep_for(300ms);
        std::printf("processes alive: %zu\n", processes().size());
        std::fflush(stdout);
    }}.detach();
    const int code = application{{}, {child<s>("s")}}.run();
    std::printf("code %d\n", code);
    return verdict(code == 1, "a killed application master");
}
