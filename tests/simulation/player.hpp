// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "messages.hpp"
#include <coppice/gen_server.hpp>
#include <memory>
#include <stdexcept>
#include <vector>

// The state of an actor of any kind, and how it takes a step.
namespace simulation {

/// The exception that a step throws.
struct failed_on_purpose : std::runtime_error {
    failed_on_purpose() : std::runtime_error{"on purpose"} {}
};
/// The function returns.
struct function_is_done {};

/// Counts the objects that exist.
struct counted {
    counted() { ++the_world->rules.objects; }
    counted(const counted&) { ++the_world->rules.objects; }
    counted(counted&&) noexcept { ++the_world->rules.objects; }
    counted& operator=(const counted&) = default;
    ~counted() { --the_world->rules.objects; }
};

struct kept_caller {
    coppice::from<answer> caller;
    int number;
    counted alive = {};
};
struct asked {
    coppice::pending<answer> answer_;
    int number;
};
struct timer {
    coppice::timer_ref ref;
    int number;
};

/// What an actor keeps for a module, and what ends with it.
struct belongings {
    belongings() = default;
    belongings(const belongings&) = delete;
    virtual ~belongings() = default;
};

struct player {
    player(world& all, int number);
    ~player() {
        if (w.rules.is_over(me)) // its callers have been told how it exited
            return;
        for (const kept_caller& k : kept)
            w.rules.dropped_caller(k.number);
    }
    player(const player&) = delete;
    player& operator=(const player&) = delete;

    bool is_function() const { return w.actor_of(actor).what == kind::function; }

    /// Takes one step. Its exception leaves, unless the step swallows it.
    void take(const step& s, phase when);
    /// Takes all steps of a phase, in which only the exception that ends the process may be thrown.
    void take_all(phase when);

    world& w;
    const int actor;
    model::life_id me;
    std::vector<kept_caller> kept;
    std::vector<asked> open;
    std::vector<timer> timers;
    std::vector<coppice::monitor_ref> watches;
    std::unique_ptr<belongings> own_things;

private:
    /// Exists while a step may wait.
    struct waiting {
        waiting(player& owner, int number, model::waits what) : p{owner} {
            p.w.rules.waits_for(p.me, number, what);
        }
        ~waiting() { p.w.rules.waits_no_more(p.me); }
        waiting(const waiting&) = delete;
        player& p;
    };
    struct waiting_on {
        waiting_on(player& owner, coppice::pid other) : p{owner} {
            p.w.rules.waits_on(p.me, other);
        }
        ~waiting_on() { p.w.rules.waits_on(p.me, {}); }
        waiting_on(const waiting_on&) = delete;
        player& p;
    };
    void act(const step& s, phase when);
    void start(const step& s);
    void start_child(const step& s);
    template <class M>
    void ask_and_wait(const step& s, bool throws);
    void receive(const step& s, phase when);
    void end_by(const step& s);
    counted_message make(const step& s,
                         coppice::pid to,
                         model::way how,
                         std::optional<wide> due = {}) {
        return {w.rules.make_message(me, to, how, due), s.bomb};
    }
};

} // namespace simulation
