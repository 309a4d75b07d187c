// SPDX-License-Identifier: BSL-1.0
// Tries: a registry with names that are used once each (a process per connection): 500,000 started
// and stopped.
// Right: memory stays level once a name is free again (as Elixir's Registry); growth for every name
// for ever is the fault.
#include <coppice.hpp>
#include <cstdio>
#include <fstream>
#include <string>
using namespace coppice;
struct room {};
inline registry<std::string, room> rooms{"rooms"};
static long rss() {
    std::ifstream f("/proc/self/statm");
    long a, b;
    f >> a >> b;
    return b * 4;
}
int main() {
    long first = 0, last = 0, same0 = 0, same1 = 0;
    runtime::run([&] {
        for (int i = 0; i < 100'000; ++i) {
            start<room>({.name = rooms("one and the same name that is long enough")}).stop();
            if (i == 50'000)
                same0 = rss();
        }
        same1 = rss();
        for (int i = 0; i < 500'000; ++i) {
            start<room>({.name = rooms("connection-from-some-address-" + std::to_string(i))})
                .stop();
            if (i == 100'000)
                first = rss();
        }
        last = rss();
    });
    const double each = static_cast<double>(last - first) * 1024.0 / 400'000;
    std::printf("      the same name again and again: %ld -> %ld KiB\n", same0, same1);
    std::printf(
        "%s 400,000 names used once: %ld -> %ld KiB, %.0f bytes for each that is free again\n",
        each < 8 ? "ok   " : "WRONG", first, last, each);
    return each >= 8;
}
