// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "support/virtual_clock.hpp"
#include <algorithm>
#include <coppice/detail/exploration.hpp>
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
        bool was_delayed = false;
    };
    /// One that handles its message for so long already, as far as others can see.
    struct delayed {
        runnable what;
        virtual_clock::clock::time_point until;
    };

    std::mt19937_64 random;
    virtual_clock& time;
    std::vector<runnable> waiting;
    std::vector<delayed> slow;
    std::shared_ptr<exploration> explored; // mostly null

    /// Takes one of those that could run, each with the same chance, or the one that is explored.
    runnable pick() {
        if (explored)
            return pick_explored();
        const std::size_t i = random() % waiting.size();
        const runnable r = waiting[i];
        waiting[i] = waiting.back(); // the order among them means nothing
        waiting.pop_back();
        return r;
    }

    /// The end of the next delay.
    virtual_clock::clock::time_point next_delay() const noexcept {
        auto next = virtual_clock::clock::time_point::max();
        for (const delayed& d : slow)
            next = std::min(next, d.until);
        return next;
    }
    void end_delays(virtual_clock::clock::time_point now) {
        if (slow.empty())
            return;
        for (const delayed& d : slow)
            if (d.until <= now)
                waiting.push_back(d.what);
        std::erase_if(slow, [&](const delayed& d) { return d.until <= now; });
    }

private:
    /// The others keep their order: the one that has waited longest is the first.
    runnable pick_explored() {
        const std::size_t n = waiting.size();
        const auto at =
            waiting.begin() + static_cast<std::ptrdiff_t>(n > 1 ? explored->choose(n) : 0);
        const runnable r = *at;
        waiting.erase(at);
        return r;
    }
};

} // namespace coppice::detail
