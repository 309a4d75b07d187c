// SPDX-License-Identifier: BSL-1.0
#include "actors.hpp"
#include "modules.hpp"
#include "server.hpp"
#include <algorithm>
#include <coppice/process_info.hpp>
#include <coppice/receive.hpp>

namespace simulation {

using namespace coppice;
using namespace std::chrono_literals;

namespace {

bool take_any_message(player& p, time_limit limit) {
    return this_process::receive(
        [&](pid_message l) {
            l.in.handled_by(p.me);
            return true;
        },
        [&](down d) {
            p.w.rules.received_down(p.me, d);
            return true;
        },
        [&](exit_signal s) {
            p.w.rules.received_exit(p.me, s);
            return true;
        },
        [&](message m) {
            p.w.received(p.me, m);
            return true;
        },
        after(limit, [] { return false; }));
}

void kill_all(world& w, model::life_id me) {
    const auto a_while = w.exact ? time_limit{1h} : time_limit{1ms};
    for (int tries = 0; tries < 2000; ++tries) {
        auto all = processes();
        std::erase_if(all, [&](pid p) { return p == this_process::self() || w.is_spared(p); });
        if (all.empty())
            return;
        std::sort(all.begin(), all.end(),
                  [&](pid a, pid b) { // by age: the order of pids means nothing
                      return w.rules.life_of(a) < w.rules.life_of(b);
                  });
        for (const pid p : all) {
            w.rules.exit_sent(me, p, exit_reason::kill);
            p.exit(exit_reason::kill);
        }
        this_process::sleep(a_while);
    }
    w.rules.wrong("a process that was killed does not end");
}

} // namespace

void function_body(int actor, counted) {
    world& w = *the_world;
    struct with_destructor {
        player own;
        ~with_destructor() { own.take_all(phase::destructor); }
    } all{{w, actor}};
    player& own = all.own;
    if (w.actor_of(actor).traps) {
        w.rules.traps(own.me, true);
        this_process::trap_exit(true);
    }
    w.rules.may_end(own.me, exit_reason::noproc); // a link with a dead process
    try {
        while (const step* s = w.next(actor, phase::body))
            own.take(*s, phase::body);
    } catch (const function_is_done&) {
        w.rules.may_end(own.me, exit_reason::normal);
        return;
    }
    for (;;) {
        w.rules.set_idle(own.me, true);
        take_any_message(own, infinity);
        w.rules.waited(own.me, phase::body, "receive");
    }
}

world::world(const program& p, model& m, bool virtual_time)
    : what{p},
      rules{m},
      exact{virtual_time},
      pids(p.actors.size()),
      steps(p.actors.size() * 4),
      taken(p.actors.size() * 4) {
    for (const step& s : p.steps)
        steps[static_cast<std::size_t>(s.actor) * 4 + static_cast<std::size_t>(s.when)].push_back(
            &s);
    modules = make_modules(*this);
}

world::~world() = default;

void world::start_modules() {
    for (const auto& m : modules)
        m->start();
}

void world::act(player& who, const step& s, phase when) {
    if (s.what == op::revive)
        return start_modules();
    if (s.what == op::strike) {
        if (!modules.empty())
            modules[static_cast<std::size_t>(s.number) % modules.size()]->strike(s);
        return;
    }
    for (const auto& m : modules)
        if (m->has(s.what))
            m->act(who, s, when);
}

void world::born(player& who) {
    for (const auto& m : modules)
        m->born(who);
}

void world::ended(pid process, const exit_reason& why) {
    rules.ended(process, why);
    for (const auto& m : modules)
        m->ended(process);
}

void world::received(model::life_id l, message& m) {
    for (const auto& x : modules)
        x->received(l, m);
}

void world::modules_at_rest() {
    for (const auto& m : modules)
        m->at_rest();
}

void world::spare(pid process) {
    const std::lock_guard hold{lock_};
    spared_.push_back(process);
}

bool world::is_spared(pid process) {
    const std::lock_guard hold{lock_};
    return std::find(spared_.begin(), spared_.end(), process) != spared_.end();
}

player::player(world& all, int number) : w{all}, actor{number} {
    me = w.rules.enter(this_process::self(), actor, w.actor_of(actor));
    w.is_played_by(actor, this_process::self());
    w.born(*this);
}

const step* world::next(int actor, phase when) {
    const std::size_t list = static_cast<std::size_t>(actor) * 4 + static_cast<std::size_t>(when);
    const std::size_t i = taken[list].fetch_add(1, std::memory_order_relaxed);
    return i < steps[list].size() ? steps[list][i] : nullptr;
}

void play(world& w, bool orderly) {
    for (const pid p : processes())
        w.spare(p);
    player own{w, 0};
    w.start_modules();
    bool has_children = false;
    for (const actor& a : w.what.actors)
        has_children = has_children || a.what == kind::child;
    if (has_children)
        w.tree = coppice::start<supervisor>(supervisor_flags{.intensity = 5, .period = 1s},
                                            std::vector<child_spec>{});
    while (const step* s = w.next(0, phase::body))
        try {
            own.take(*s, phase::body);
        } catch (const call_error&) {
            continue; // a failed call does not end the program
        }
    if (!orderly)
        return;
    this_process::sleep(w.exact ? time_limit{10s} : time_limit{2ms});
    if (w.exact) {
        w.rules.at_rest(this_process::now());
        w.modules_at_rest();
    }
    kill_all(w, own.me);
}

} // namespace simulation
