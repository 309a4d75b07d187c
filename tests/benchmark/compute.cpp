// SPDX-License-Identifier: BSL-1.0
#include "compute.hpp"
#include <algorithm>
#include <ctime>

namespace benchmark {
namespace {

double thread_cpu_ns() {
    timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

/// The fastest of many tries: other work on the machine only makes a try slower.
double ns_per_step() {
    constexpr long steps = 1'000'000;
    constexpr int tries = 30;
    double best = 1e18;
    std::uint64_t value = 1;
    for (int i = 0; i < tries; ++i) {
        const double before = thread_cpu_ns();
        value = compute(value, steps);
        best = std::min(best, thread_cpu_ns() - before);
    }
    return (value == 0 ? best + 1 : best) /
           steps; // it is never 0, but the compiler does not know that
}

} // namespace

[[gnu::noinline]] std::uint64_t compute(std::uint64_t seed, long steps) {
    std::uint64_t x = seed | 1;
    for (long i = 0; i < steps; ++i) { // xorshift64
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
    }
    return x;
}

long steps_that_take(std::chrono::nanoseconds time) {
    static const double each = ns_per_step();
    return static_cast<long>(static_cast<double>(time.count()) / each);
}

} // namespace benchmark
