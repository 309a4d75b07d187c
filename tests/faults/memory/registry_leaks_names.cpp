// SPDX-License-Identifier: BSL-1.0
// 300,000 servers, one after the other, each under a fresh key of a registry, and each ended
// again.
// Right: memory comes back (Elixir's Registry forgets a key with its process); wrong: each key that
// was ever used stays for ever.
#include "case.hpp"
#include <fstream>
struct s {};
inline registry<std::string, s> rooms{"rooms"};
static long rss_kb() {
    std::ifstream f{"/proc/self/statm"};
    long a, b;
    f >> a >> b;
    return b * 4;
}
int main() {
    watchdog(80);
    log::set_level(severity::off);
    runtime::start({.threads = 1, .time_slice = 0s});
    long grew[2]{};
    runtime::run([&] {
        for (int fresh = 0; fresh < 2; ++fresh) {
            for (int i = 0; i < 20000; ++i) {
                auto r = start<s>({.name = rooms("warm")});
                r.stop();
            }
            const long before = rss_kb();
            for (int i = 0; i < 300000; ++i) {
                auto r = start<s>({.name = rooms(fresh ? "a-room-of-user-" + std::to_string(i)
                                                       : std::string{"the same"})});
                r.stop();
            }
            grew[fresh] = rss_kb() - before;
        }
    });
    runtime::stop();
    std::printf("grew by %ld KiB with one name, by %ld KiB with 300,000\n", grew[0], grew[1]);
    return verdict(grew[1] < grew[0] + 5000, "names that are no longer used");
}
