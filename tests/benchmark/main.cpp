// SPDX-License-Identifier: BSL-1.0
#include "program.hpp"
#include "workloads.hpp"
#include <coppice/log.hpp>
#include <coppice/runtime.hpp>

namespace {

template <void (*Run)()>
void in_a_runtime() {
    coppice::runtime::start();
    Run();
    coppice::runtime::stop();
}

constexpr benchmark::workload workloads[] = {
    {"W1", in_a_runtime<benchmark::w1_call>},
    {"W2", in_a_runtime<benchmark::w2_cast>},
    {"W3", in_a_runtime<benchmark::w3_fan_in>},
    {"W4", in_a_runtime<benchmark::w4_spawn>},
    {"W5", in_a_runtime<benchmark::w5_idle_servers>},
    {"W6", in_a_runtime<benchmark::w6_ring>},
    {"W7", in_a_runtime<benchmark::w7_skynet>},
    {"W8", in_a_runtime<benchmark::w8_restart>},
    {"W9", in_a_runtime<benchmark::w9_dynamic_children>},
    {"W10", in_a_runtime<benchmark::w10_registry>},
    {"W11", in_a_runtime<benchmark::w11_link_storm>},
    {"W12", in_a_runtime<benchmark::w12_timers>},
    {"W13", in_a_runtime<benchmark::w13_tail>},
    {"W17", in_a_runtime<benchmark::w17_machine>},
    {"W18", in_a_runtime<benchmark::w18_keys>},
    {"W19", in_a_runtime<benchmark::w19_stream>},
    {"W20", in_a_runtime<benchmark::w20_notify>},
    {"IO", in_a_runtime<benchmark::io_under_load>},
};

} // namespace

int main(int count, char** arguments) {
    // Without logging, as the workloads say; nor are reports kept for log::recent.
    coppice::log::configure({.level = coppice::severity::off, .keep = coppice::severity::off});
    return benchmark::run_named(count, arguments, workloads);
}
