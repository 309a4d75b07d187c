// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "support/virtual_clock.hpp"
#include <random>
#include <vector>

namespace coppice::detail {

struct fiber;
struct process;

/// The other side of the seam: a clock that jumps and a seeded choice of who runs next.
struct simulated {
    explicit simulated(std::uint64_t seed) : random{seed}, time{virtual_clock::take()} {}
    simulated(const simulated&) = delete;
    simulated& operator=(const simulated&) = delete;
    ~simulated() { virtual_clock::give_back(time); }

    struct runnable {
        fiber* resumed = nullptr;   // either a suspended one ...
        process* started = nullptr; // ... or one that needs a fiber
    };

    std::mt19937_64 random;
    virtual_clock& time;
    std::vector<runnable> waiting;

    /// Takes one of those that could run, each with the same chance.
    runnable pick() {
        const std::size_t i = random() % waiting.size();
        const runnable r = waiting[i];
        waiting[i] = waiting.back(); // the order among them means nothing
        waiting.pop_back();
        return r;
    }
};

} // namespace coppice::detail
