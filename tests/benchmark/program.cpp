// SPDX-License-Identifier: BSL-1.0
#include "program.hpp"
#include "figure.hpp"
#include <algorithm>
#include <cstdio>

namespace benchmark {
namespace {

int usage(const char* program, std::span<const workload> known) {
    std::fprintf(stderr,
                 "usage: %s WORKLOAD...\nPrints one JSON line for each figure of:", program);
    for (const workload& w : known)
        std::fprintf(stderr, " %.*s", static_cast<int>(w.name.size()), w.name.data());
    std::fputc('\n', stderr);
    return 2;
}

} // namespace

int run_named(int count, char** arguments, std::span<const workload> known) {
    if (count < 2)
        return usage(arguments[0], known);
    for (const char* name : std::span{arguments + 1, arguments + count}) {
        const auto chosen = std::find_if(known.begin(), known.end(),
                                         [&](const workload& w) { return w.name == name; });
        if (chosen == known.end()) {
            std::fprintf(stderr, "%s: there is no workload %s\n", arguments[0], name);
            return usage(arguments[0], known);
        }
        chosen->run();
    }
    return all_checked() ? 0 : 1;
}

} // namespace benchmark
