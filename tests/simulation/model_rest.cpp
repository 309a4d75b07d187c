// SPDX-License-Identifier: BSL-1.0
#include "model_parts.hpp"

// What must hold when no process could run for a while, and at the end of the program.
namespace simulation {

using namespace coppice;

bool model::rests(life_id l) {
    const hold h{lock_};
    const life& x = at(l);
    return !x.over && x.idle && x.handling == 0 && x.actor > 0;
}

void model::check_timeouts_at_rest(clock::time_point now) {
    for (life_id l = 0; l < static_cast<life_id>(lives_.size()); ++l)
        if (const auto due = at(l).idle_due; rests(l) && due && *due + tolerance < in_wide(now))
            wrong("an idle timeout does not come");
}

void model::check_links_at_rest() {
    for (const duty& d : duties_) {
        if (!rests(d.other))
            continue;
        const life& o = at(d.other);
        if (!o.ever_trapped && d.why != exit_reason::normal)
            wrong("a linked process lives on after the end of the other: " + d.why.text());
        const auto received = o.exits_received.find(d.dead);
        if (d.trapped && o.always_trapped &&
            (received == o.exits_received.end() || received->second == 0))
            wrong("a linked process that traps exits is not told of the end of the other");
    }
}

void model::check_monitors_at_rest() {
    for (const auto& [ref, w] : watches_)
        if (!w.closed && w.downs == 0 && rests(w.watcher) &&
            (w.target == no_life || at(w.target).over))
            wrong("a down does not come");
}

void model::check_messages_at_rest(clock::time_point now) {
    for (const tracked_message& p : messages_) {
        if (p.to == no_life || !rests(p.to) || p.where != tracked_message::state::waiting ||
            p.cancelled)
            continue;
        if (p.how != way::timer && !(p.is_request && at(p.to).what.policy == 3))
            wrong("a message is not handled by a process that waits for messages");
        if (p.due && *p.due + tolerance < in_wide(now) && at(p.to).what.bound == 0)
            wrong("a timer does not fire");
    }
    for (const life& l : lives_) {
        if (l.over || l.waits_for == 0)
            continue;
        const tracked_message& p = messages_[static_cast<std::size_t>(l.waits_for)];
        if (p.to == no_life || at(p.to).over)
            wrong("a caller waits for a process that has ended");
        if (p.deadline && *p.deadline + tolerance < in_wide(now))
            wrong("a caller waits beyond its limit");
        if (rests(p.to) && (p.replied_at || p.dropped))
            wrong("a caller waits for an answer that was given");
    }
}

void model::stops() {
    const hold h{lock_};
    stopping_ = true;
}

void model::at_rest(clock::time_point now) {
    const hold h{lock_};
    check_timeouts_at_rest(now);
    check_links_at_rest();
    check_monitors_at_rest();
    check_messages_at_rest(now);
}

void model::at_end() {
    const hold h{lock_};
    for (life_id l = 0; l < static_cast<life_id>(lives_.size()); ++l)
        if (!at(l).over && at(l).actor > 0)
            wrong("a process has not ended when the runtime has stopped");
    finished_ = true;
    if (messages_alive_ != 0)
        wrong("messages are left when the runtime has stopped");
    if (objects != 0)
        wrong("objects are left when the runtime has stopped");
}

} // namespace simulation
