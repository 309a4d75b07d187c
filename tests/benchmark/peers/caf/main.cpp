// SPDX-License-Identifier: BSL-1.0
// W1 to W8, W10 and W11 on the C++ Actor Framework, with event-based actors.
#include "../../program.hpp"
#include "counter.hpp"
#include "workloads.hpp"
#include <stdexcept>
#include <thread>

namespace benchmark {
namespace {

caf::actor_system* system_now = nullptr;

template <void (*Run)()>
void in_a_system() {
    caf::actor_system_config config;
    // As many threads as there are cores; CAF's own minimum is four.
    config.set("scheduler.max-threads", std::size_t{std::thread::hardware_concurrency()});
    caf::actor_system system{config};
    system_now = &system;
    Run();
    system_now = nullptr;
}

constexpr workload workloads[] = {
    {"W1", in_a_system<w1_call>},    {"W2", in_a_system<w2_cast>},
    {"W3", in_a_system<w3_fan_in>},  {"W4", in_a_system<w4_spawn>},
    {"W5", in_a_system<w5_idle>},    {"W6", in_a_system<w6_ring>},
    {"W7", in_a_system<w7_skynet>},  {"W8", in_a_system<w8_restart>},
    {"W10", in_a_system<w10_names>}, {"W11", in_a_system<w11_links>},
};

} // namespace

caf::actor_system& the_system() { return *system_now; }

caf::behavior counter(caf::stateful_actor<counter_state>* self) {
    self->set_exception_handler(
        [](std::exception_ptr&) -> caf::error { return caf::sec::runtime_error; });
    return {[self](add, int by) -> long { return self->state.n += by; },
            [self](add_only, int by) { self->state.n += by; },
            [self](get) -> long { return self->state.n; },
            [](fail) { throw std::runtime_error{"asked to"}; }};
}

} // namespace benchmark

int main(int count, char** arguments) {
    return benchmark::run_named(count, arguments, benchmark::workloads);
}
