// SPDX-License-Identifier: BSL-1.0
#include "figure.hpp"
#include "workloads.hpp"
#include <coppice/runtime.hpp>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

struct workload {
    std::string_view name;
    void (*run)();
};

constexpr workload workloads[] = {
    {"W1", benchmark::w1_call},
    {"W2", benchmark::w2_cast},
    {"W3", benchmark::w3_fan_in},
    {"W4", benchmark::w4_spawn},
    {"W5", benchmark::w5_idle_servers},
    {"W6", benchmark::w6_ring},
    {"W7", benchmark::w7_skynet},
    {"W8", benchmark::w8_restart},
    {"W9", benchmark::w9_dynamic_children},
    {"W10", benchmark::w10_registry},
    {"W11", benchmark::w11_link_storm},
    {"W12", benchmark::w12_timers},
};

int usage(const char* program) {
    std::fprintf(stderr,
                 "usage: %s WORKLOAD...\n"
                 "Runs the workloads W1 to W12 and prints one JSON line for each figure.\n",
                 program);
    return 2;
}

} // namespace

int main(int count, char** arguments) {
    if (count < 2)
        return usage(arguments[0]);
    setenv("COPPICE_LOG", "off", 0); // the workloads are measured without logging
    for (int i = 1; i < count; ++i) {
        const workload* chosen = nullptr;
        for (const workload& w : workloads)
            if (w.name == arguments[i])
                chosen = &w;
        if (!chosen) {
            std::fprintf(stderr, "%s: there is no workload %s\n", arguments[0], arguments[i]);
            return usage(arguments[0]);
        }
        coppice::runtime::start();
        chosen->run();
        coppice::runtime::stop();
    }
    return benchmark::all_checked() ? 0 : 1;
}
