// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "model.hpp"
#include <coppice/message.hpp>
#include <coppice/supervisor.hpp>
#include <memory>

namespace simulation {

struct player;

class part;

/// A program that runs: the steps that are left, and the process of each actor. Each step is taken
/// once, by any incarnation of its actor, so that every program ends.
struct world {
    world(const program& p, model& m, bool virtual_time);
    ~world();
    world(const world&) = delete;

    /// Starts the modules' processes that do not run.
    void start_modules();
    void act(player& who, const step& s, phase when);
    void born(player& who);
    void ended(coppice::pid process, const coppice::exit_reason& why);
    /// A message that no actor has sent.
    void received(model::life_id l, coppice::message& m);
    void modules_at_rest();
    /// Of a process that is there for the program: it is not killed at the end.
    void spare(coppice::pid process);
    bool is_spared(coppice::pid process);

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
    std::vector<std::unique_ptr<part>> modules; // their processes outlive none of them

private:
    std::mutex lock_;
    std::vector<coppice::pid> spared_;
};

/// There is one world at a time.
inline world* the_world = nullptr;

/// Runs the program in the calling process, which is actor 0. If `orderly` is false it returns as
/// soon as its own steps are done, and the runtime is stopped while the other actors still run.
void play(world& w, bool orderly);

} // namespace simulation
