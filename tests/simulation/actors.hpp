// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "model.hpp"
#include <coppice/supervisor.hpp>

namespace simulation {

/// A program that runs: the steps that are left, and the process of each actor. Each step is taken
/// once, by any incarnation of its actor, so that every program ends.
struct world {
    world(const program& p, model& m, bool virtual_time);

    /// The next step of an actor in a phase; null when there is none left.
    const step* next(int actor, phase when);
    coppice::pid pid_of(int actor) const {
        return coppice::detail::pid_access::make(
            pids[static_cast<std::size_t>(actor)].load(std::memory_order_acquire));
    }
    void is_played_by(int actor, coppice::pid process) {
        pids[static_cast<std::size_t>(actor)].store(coppice::detail::pid_access::word(process),
                                                    std::memory_order_release);
    }
    const simulation::actor& actor_of(int i) const {
        return what.actors[static_cast<std::size_t>(i)];
    }

    const program& what;
    model& rules;
    const bool exact;
    std::deque<std::atomic<std::uint64_t>> pids;
    std::vector<std::vector<const step*>> steps; // of an actor in a phase
    std::deque<std::atomic<std::size_t>> taken;
    coppice::server_ref<coppice::supervisor> tree;
};

/// There is one world at a time.
inline world* the_world = nullptr;

/// Runs the program in the calling process, which is actor 0. If `orderly` is false it returns as
/// soon as its own steps are done, and the runtime is stopped while the other actors still run.
void play(world& w, bool orderly);

} // namespace simulation
