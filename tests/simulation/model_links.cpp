// SPDX-License-Identifier: BSL-1.0
#include "model_parts.hpp"
#include <algorithm>

// Links, monitors, exits.
namespace simulation {

using namespace coppice;

void model::links(life_id l, pid other) {
    const hold h{lock_};
    const life_id o = life_of(other);
    if (o == no_life || o == l || !at(l).over || at(o).over)
        return;
    at(o).causes.push_back({at(l).reason, l});
    duties_.push_back({l, o, at(l).reason, at(o).traps_now});
}

void model::linked(life_id l, pid other) {
    const hold h{lock_};
    const life_id o = life_of(other);
    if (o == no_life)
        ++at(l).ties[no_life].times;
    if (o == no_life || o == l)
        return;
    const bool alive = !at(o).over && !at(l).over;
    at(l).ties[o] = {alive, alive, at(l).ties[o].times + 1};
    at(o).ties[l] = {alive, alive, at(o).ties[l].times + 1};
    at(l).causes.push_back({exit_reason::noproc, o});
    if (at(o).over) // it has exited since, and its exit signal may be on its way
        at(l).causes.push_back({at(o).reason, o});
}

void model::spawned_linked(life_id parent, pid child) {
    const hold h{lock_};
    const life_id c = life_of(child);
    if (c == no_life)
        return;
    at(parent).ties[c] = {true, true, at(parent).ties[c].times + 1};
    at(c).ties[parent] = {true, true, at(c).ties[parent].times + 1};
    if (at(parent).over) // it spawns in a destructor
        at(c).causes.push_back({at(parent).reason, parent});
    if (at(c).over) {
        at(parent).causes.push_back({at(c).reason, c});
        duties_.push_back({c, parent, at(c).reason, at(parent).traps_now});
    }
}

void model::unlinked(life_id l, pid other) {
    const hold h{lock_};
    const life_id o = life_of(other);
    if (o == no_life)
        return;
    at(l).ties[o].possible = at(l).ties[o].sure = false;
    at(o).ties[l].sure = false;
    std::erase_if(at(l).causes, [&](const cause& c) { return c.by == o; });
    std::erase_if(duties_, [&](const duty& d) {
        return (d.dead == o && d.other == l) || (d.dead == l && d.other == o);
    });
}

void model::may_be_linked(life_id l, pid other) {
    const hold h{lock_};
    const life_id o = life_of(other);
    if (o == no_life)
        return;
    for (const auto& [a, b] : {std::pair{l, o}, std::pair{o, l}}) {
        at(a).ties[b].possible = true;
        ++at(a).ties[b].times;
    }
    if (at(o).over) {
        at(l).causes.push_back({at(o).reason, o});
        at(l).causes.push_back({exit_reason::noproc, o});
    }
}

void model::traps(life_id l, bool on) {
    const hold h{lock_};
    life& x = at(l);
    x.traps_now = on;
    (on ? x.ever_trapped : x.always_trapped) = on;
}

void model::exit_sent(life_id l, pid to, const exit_reason& why) {
    const hold h{lock_};
    const life_id t = life_of(to);
    if (t == no_life)
        return;
    life& x = at(t);
    ++x.ties[l].times;
    x.sent_to_us[l].push_back(why);
    const bool kills = why == exit_reason::kill;
    x.causes.push_back({kills ? exit_reason::killed : why, no_life});
    if (kills && t != l)
        at(l).killed_by_us.insert(t);
}

void model::received_exit(life_id l, const exit_signal& s) {
    const hold h{lock_};
    const life_id from = life_of(s.from);
    digest(4, static_cast<std::uint64_t>(l), static_cast<std::uint64_t>(from));
    note(text(l) + " hears of the exit of " + text(from) + ": " + s.reason.text());
    life& x = at(l);
    if (!x.ever_trapped)
        wrong("an exit signal became a message for a process that does not trap exits");
    const auto& sent = x.sent_to_us[from];
    const bool was_sent = std::find(sent.begin(), sent.end(), s.reason) != sent.end();
    const bool is_end =
        from == no_life // a link with a null pid
            ? s.reason == exit_reason::noproc
            : at(from).over && (s.reason == at(from).reason || s.reason == exit_reason::noproc);
    if (!was_sent && !is_end)
        wrong("an exit signal has a reason that nothing caused: " + s.reason.text());
    if (++x.exits_received[from] > x.ties[from].times)
        wrong("an exit is told more often than once");
}

void model::monitors(life_id l, monitor_ref ref, pid target, bool at_spawn) {
    const hold h{lock_};
    const life_id t = life_of(target);
    watches_[ref.id] = {l, t, at_spawn, !at_spawn && (t == no_life || at(t).over)};
}

void model::demonitored(life_id, monitor_ref ref, bool was_there, bool flushed) {
    const hold h{lock_};
    watch& w = watches_[ref.id];
    if (was_there && w.downs > 0)
        wrong("demonitor finds a monitor whose down has come");
    if (was_there || flushed)
        w.closed = true;
}

void model::received_down(life_id l, const down& d) {
    const hold h{lock_};
    digest(5, static_cast<std::uint64_t>(l));
    const auto found = watches_.find(d.ref.id);
    if (found == watches_.end())
        wrong("a down comes for a monitor that was never given");
    watch& w = found->second;
    note(text(l) + " hears that " + text(w.target) + " is down: " + d.reason.text());
    if (w.watcher != l)
        wrong("a down comes to another process than the one that monitors");
    if (w.closed)
        wrong("a down comes after demonitor");
    if (++w.downs > 1)
        wrong("a down comes twice");
    if (w.target == no_life) {
        if (d.reason != exit_reason::noproc)
            wrong("the monitor of a null pid does not answer noproc");
        return;
    }
    const life& t = at(w.target);
    if (!t.over)
        wrong("a down comes for a process that lives");
    if (w.target_was_over ? d.reason != exit_reason::noproc
                          : d.reason != t.reason && (w.at_spawn || d.reason != exit_reason::noproc))
        wrong("a down has another reason than the end: " + d.reason.text() + " for " +
              t.reason.text());
}

} // namespace simulation
