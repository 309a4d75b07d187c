// SPDX-License-Identifier: BSL-1.0
// W10: names. A name in CAF's registry is an atom, which is a number: ten characters at most.
#include "../../figure.hpp"
#include "counter.hpp"
#include "workloads.hpp"
#include <algorithm>
#include <random>
#include <thread>

namespace benchmark {
namespace {

constexpr int names = 100'000, lookups = 10'000'000;

struct finished {
    double seconds = 0;
    bool right = true;
};

finished look_up(const std::vector<caf::atom_value>& all, unsigned seed) {
    std::minstd_rand random{seed};
    auto& registry = the_system().registry();
    finished f;
    stopwatch w;
    for (int i = 0; i < lookups; ++i)
        f.right &= registry.get(all[random() % all.size()]) != nullptr;
    f.seconds = w.seconds();
    return f;
}

} // namespace

void w10_names() {
    caf::scoped_actor self{the_system()};
    std::vector<caf::atom_value> all;
    for (int i = 0; i < names; ++i) {
        all.push_back(caf::atom_from_string("name " + std::to_string(i)));
        the_system().registry().put(all.back(),
                                    caf::actor_cast<caf::strong_actor_ptr>(self->spawn(counter)));
    }
    const finished one = look_up(all, 1);
    report("W10", "ns_per_lookup", one.seconds * 1e9 / lookups, "ns", one.right);
    finished a, b;
    std::thread first{[&] { a = look_up(all, 2); }}, second{[&] { b = look_up(all, 3); }};
    first.join();
    second.join();
    report("W10", "ns_per_lookup_two_readers",
           std::max(a.seconds, b.seconds) * 1e9 / (2.0 * lookups), "ns", a.right && b.right);
    for (const auto name : all) {
        self->send_exit(caf::actor_cast<caf::actor>(the_system().registry().get(name)),
                        caf::exit_reason::kill);
        the_system().registry().erase(name);
    }
}

} // namespace benchmark
