// SPDX-License-Identifier: BSL-1.0
// W18: processes by key.
#include "counter.hpp"
#include "figure.hpp"
#include "workloads.hpp"
#include <algorithm>
#include <coppice.hpp>
#include <random>

namespace benchmark {

using namespace coppice;

namespace {

constexpr int keys = 100'000, lookups = 10'000'000;

struct finished {
    double seconds;
    bool right;
};

registry<std::string, pid>& the_registry() {
    static registry<std::string, pid> all{"W18"};
    return all;
}

finished look_up(const std::vector<std::string>& all, unsigned seed) {
    std::minstd_rand random{seed};
    bool right = true;
    stopwatch w;
    for (int i = 0; i < lookups; ++i)
        right &= static_cast<bool>(the_registry().whereis(all[random() % all.size()]));
    return {w.seconds(), right};
}

void measure_lookups() {
    std::vector<std::string> all;
    std::vector<pid> servers;
    for (int i = 0; i < keys; ++i) {
        all.push_back("key " + std::to_string(i));
        servers.push_back(start<counter>());
        the_registry().register_key(all.back(), servers.back());
    }
    const finished one = look_up(all, 1);
    report("W18", "ns_per_lookup", one.seconds * 1e9 / lookups, "ns", one.right);
    for (unsigned r : {2U, 3U})
        spawn([&all, r](pid owner) { owner.send(look_up(all, r)); }, this_process::self());
    const auto a = this_process::receive<finished>(), b = this_process::receive<finished>();
    report("W18", "ns_per_lookup_two_readers",
           std::max(a.seconds, b.seconds) * 1e9 / (2.0 * lookups), "ns", a.right && b.right);
    for (const pid p : servers)
        p.exit(exit_reason::kill);
    for (const pid p : servers)
        while (p.alive())
            this_process::yield();
}

/// A process registers itself and exits: 100 at a time.
void measure_lives() {
    constexpr int lives = 1'000'000, at_once = 100;
    bool right = true;
    stopwatch w;
    for (int i = 0; i < lives; i += at_once) {
        std::vector<monitor_ref> all;
        all.reserve(at_once);
        for (int j = 0; j < at_once; ++j)
            all.push_back(spawn_monitor([key = std::to_string(i + j)] {
                              the_registry().register_key(key, this_process::self());
                          }).monitor);
        for (int j = 0; j < at_once; ++j)
            right &= this_process::receive<down>().reason == exit_reason::normal;
    }
    const double ns = w.ns_each(lives);
    right &= the_registry().count() == 0;
    report("W18", "ns_per_register_and_exit", ns, "ns", right);
}

/// A copy of a message to each of 1,000 servers under one key.
void measure_dispatch() {
    constexpr int servers = 1'000, times = 1'000;
    duplicate_registry<std::string, counter> topics{"W18 topics"};
    std::vector<server_ref<counter>> all;
    for (int i = 0; i < servers; ++i) {
        all.push_back(start<counter>());
        topics.register_key("news", all.back());
    }
    std::size_t sent = 0;
    stopwatch w;
    for (int i = 0; i < times; ++i)
        topics.dispatch("news", [&](const auto& entries) {
            for (const auto& e : entries)
                e.server.cast(add{1});
            sent += entries.size();
        });
    bool right = sent == std::size_t{servers} * times;
    for (const auto& c : all)
        right &= c.call(get{}) == times;
    report("W18", "ns_per_dispatched_message", w.ns_each(double{servers} * times), "ns", right);
    stopwatch of_casts;
    for (int i = 0; i < times; ++i)
        right &= topics.cast("news", add{1}) == servers;
    for (const auto& c : all)
        right &= c.call(get{}) == 2 * times;
    report("W18", "ns_per_cast_to_a_key", of_casts.ns_each(double{servers} * times), "ns", right);
    for (const auto& c : all)
        c.stop();
}

} // namespace

void w18_keys() {
    runtime::run([] {
        measure_lookups();
        measure_lives();
        measure_dispatch();
    });
}

} // namespace benchmark
