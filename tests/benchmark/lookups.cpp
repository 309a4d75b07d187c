// SPDX-License-Identifier: BSL-1.0
// W10, W12: names and timers.
#include "counter.hpp"
#include "figure.hpp"
#include "workloads.hpp"
#include <algorithm>
#include <coppice.hpp>
#include <ctime>
#include <random>

namespace benchmark {

using namespace coppice;
using namespace std::chrono_literals;

namespace {

struct finished {
    double seconds;
    bool right;
};
struct tick {
    time_limit::clock::time_point due;
};
struct received {
    std::vector<double> late; // s
};

constexpr int names = 100'000, lookups = 10'000'000;

double cpu_seconds() {
    timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

finished look_up(const std::vector<std::string>& all, unsigned seed) {
    std::minstd_rand random{seed};
    bool right = true;
    stopwatch w;
    for (int i = 0; i < lookups; ++i)
        right &= static_cast<bool>(whereis(all[random() % all.size()]));
    return {w.seconds(), right};
}

} // namespace

void w10_registry() {
    runtime::run([] {
        std::vector<std::string> all;
        for (int i = 0; i < names; ++i) {
            all.push_back("name " + std::to_string(i));
            register_name(all.back(), start<counter>()).value();
        }
        const finished one = look_up(all, 1);
        report("W10", "ns_per_lookup", one.seconds * 1e9 / lookups, "ns", one.right);
        for (unsigned r : {2U, 3U})
            spawn([&all, r](pid owner) { owner.send(look_up(all, r)); }, this_process::self());
        const auto a = this_process::receive<finished>(), b = this_process::receive<finished>();
        report("W10", "ns_per_lookup_two_readers",
               std::max(a.seconds, b.seconds) * 1e9 / (2.0 * lookups), "ns", a.right && b.right);
    });
}

void w12_timers() {
    constexpr int timers = 1'000'000;
    runtime::run([] {
        const pid receiver = spawn(
            [](pid owner) {
                std::vector<double> late;
                late.reserve(timers);
                for (int i = 0; i < timers; ++i) {
                    const tick t = this_process::receive<tick>();
                    late.push_back(
                        std::chrono::duration<double>(this_process::now() - t.due).count());
                }
                owner.send(received{std::move(late)});
            },
            this_process::self());
        std::minstd_rand random{1};
        const double before = cpu_seconds();
        for (int i = 0; i < timers; ++i) {
            const auto d = std::chrono::microseconds{random() % 2'000'000};
            receiver.send_after(d, tick{this_process::now() + d});
        }
        auto late = this_process::receive<received>().late;
        const double cpu = cpu_seconds() - before;
        std::sort(late.begin(), late.end());
        const bool right = late.size() == timers && late.front() >= 0;
        report("W12", "cpu_ns_per_timer", cpu * 1e9 / timers, "ns", right);
        report("W12", "lateness_p50_ms", late[late.size() / 2] * 1000, "ms", right);
        report("W12", "lateness_p99_ms", late[late.size() * 99 / 100] * 1000, "ms", right);
    });
}

} // namespace benchmark
