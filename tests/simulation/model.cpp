// SPDX-License-Identifier: BSL-1.0
#include "model.hpp"
#include <algorithm>
#include <coppice/names.hpp>
#include <coppice/this_process.hpp>
#include <cstdio>
#include <unistd.h>

namespace simulation {

using namespace coppice;

namespace {
using hold = std::lock_guard<std::recursive_mutex>;

constexpr wide tolerance = 1'000'000; // a millisecond: four ticks of the timer wheel

wide in_wide(clock::time_point t) { return t.time_since_epoch().count(); }
} // namespace

std::optional<wide> end_of_wait(int number, clock::time_point now) {
    constexpr wide us = 1000, ms = 1000 * us, s = 1000 * ms, h = 3600 * s;
    constexpr wide usual[] = {0, 1, 100 * us, ms, 3 * ms, 20 * ms, s, h, 0, 0}; // never before now
    const int n = number % all_times;
    if (n < static_cast<int>(std::size(usual)))
        return in_wide(now) + usual[n];
    switch (n) {
    case 10: // min
    case 13: // seconds::min
    case 15: // a deadline that has passed
    case 16: // time_point::min
        return in_wide(now);
    default:
        return std::nullopt;
    }
}

void model::wrong(const std::string& sentence) {
    std::printf("FINDING %s\n", sentence.c_str());
    std::fflush(stdout);
    _exit(10);
}

void model::note(const std::string& line) {
    if (trace_) {
        std::printf("  %s\n", line.c_str());
        std::fflush(stdout);
    }
}

void model::digest(std::uint64_t event, std::uint64_t a, std::uint64_t b) {
    for (const std::uint64_t x : {event, a, b})
        digest_ = (digest_ ^ x) * 1099511628211ULL;
}

std::string model::text(life_id l) {
    if (l == nobody)
        return "nobody";
    return "actor " + std::to_string(at(l).actor) + " (life " + std::to_string(l) + ')';
}

// --- lives ---

model::life_id model::add(pid who) {
    const auto [place, is_new] = by_pid_.try_emplace(who.word(), static_cast<int>(lives_.size()));
    if (is_new) {
        lives_.emplace_back();
        lives_.back().who = who;
        lives_.back().actor = -1;
    }
    return place->second;
}

model::life_id model::enter(pid who, int actor, const simulation::actor& what) {
    const hold h{lock_};
    const life_id l = add(who);
    life& x = at(l);
    if (x.actor == -1) {
        x.actor = actor;
        x.what = what;
        digest(1, static_cast<std::uint64_t>(l), static_cast<std::uint64_t>(actor));
        note(text(l) + " is there");
        if (who == this_process::self() && this_process::parent()) {
            // Linked, perhaps: who started it says so when the start has returned.
            const life_id parent = add(this_process::parent());
            at(l).ties[parent].possible = at(parent).ties[l].possible = true;
            if (at(parent).over)
                at(l).causes.push_back({at(parent).reason, parent});
        }
        if (what.what == kind::child) { // its supervisor may stop it at any time
            x.causes.push_back({exit_reason::shutdown, nobody});
            x.causes.push_back({exit_reason::killed, nobody});
        }
    }
    return l;
}

model::life_id model::life_of(pid who) {
    const hold h{lock_};
    return who ? add(who) : nobody;
}

bool model::is_over(life_id l) {
    const hold h{lock_};
    return at(l).over;
}

bool model::may_be_doomed(life_id l) {
    const hold h{lock_};
    const life& x = at(l);
    return !x.sent_to_us.empty() || std::any_of(x.causes.begin(), x.causes.end(),
                                                [](const cause& c) { return c.by != nobody; });
}

void model::may_end(life_id l, const exit_reason& why) {
    const hold h{lock_};
    at(l).causes.push_back({why, nobody});
}

void model::starts_linked(life_id l, bool yes) {
    const hold h{lock_};
    at(l).starting_linked = yes;
}

void model::ended(pid who, const exit_reason& why) {
    const hold h{lock_};
    if (finished_)
        return;
    const life_id l = add(who); // new: a supervisor, or a process that ends before it runs
    life& x = at(l);
    digest(2, static_cast<std::uint64_t>(l));
    note(text(l) + " ends: " + why.text());
    if (x.over)
        wrong("a process ends twice");
    if (exact_ && !registered_name(who).empty())
        wrong("a process ends and still has its name");
    const bool has_cause =
        std::any_of(x.causes.begin(), x.causes.end(), [&](const cause& c) { return c.why == why; });
    const bool is_abandoned = why.word() == "terminate"; // it met a destructor
    const bool by_stop = stopping_ && why == exit_reason::killed;
    if (x.actor > 0 && !has_cause && !by_stop && !is_abandoned && !x.starting_linked)
        wrong("a process ends with a reason that nothing caused: " + why.text());
    x.over = true;
    x.reason = why;
    std::erase_if(names_, [&](const auto& n) { return n.second == who; });
    for (life_id other = 0; other < static_cast<life_id>(lives_.size()); ++other) {
        life& o = at(other);
        const auto theirs = o.ties.find(l);
        if (other == l || o.over || theirs == o.ties.end() || !theirs->second.possible)
            continue;
        o.causes.push_back({why, l});
        o.causes.push_back({exit_reason::noproc, l});
        if (const auto ours = x.ties.find(other);
            theirs->second.sure && ours != x.ties.end() && ours->second.sure)
            duties_.push_back({l, other, why, o.traps_now});
    }
}

void model::set_idle(life_id l, bool idle) {
    const hold h{lock_};
    at(l).idle = idle;
}

void model::swallowed(life_id l) {
    const hold h{lock_};
    at(l).swallowed = true;
}

void model::waited(life_id l, phase when, const char* what) {
    const hold h{lock_};
    if (at(l).over && (when == phase::body || when == phase::constructor))
        wrong(std::string{"a dead process goes on after a wait: "} + what);
}

void model::handler_begins(life_id l, const char* what, bool is_message) {
    const hold h{lock_};
    life& x = at(l);
    if (x.over)
        wrong(std::string{"a dead server handles: "} + what);
    ++x.handling;
    x.idle = false;
    x.idle_due.reset();
    if (is_message)
        x.idle_after.reset();
    digest(3, static_cast<std::uint64_t>(l));
}

void model::handler_ends(life_id l, clock::time_point now) {
    const hold h{lock_};
    life& x = at(l);
    --x.handling;
    x.idle = true;
    if (x.idle_after)
        x.idle_due = in_wide(now) + *x.idle_after;
}

void model::terminate_begins(life_id l) {
    const hold h{lock_};
    if (at(l).over)
        wrong("the terminate of a dead server runs");
    at(l).idle = false;
}

// --- links, monitors, exits ---

void model::links(life_id l, pid other) {
    const hold h{lock_};
    const life_id o = life_of(other);
    if (o == nobody || o == l || !at(l).over || at(o).over)
        return;
    at(o).causes.push_back({at(l).reason, l});
    duties_.push_back({l, o, at(l).reason, at(o).traps_now});
}

void model::linked(life_id l, pid other) {
    const hold h{lock_};
    const life_id o = life_of(other);
    if (o == nobody)
        ++at(l).ties[nobody].times;
    if (o == nobody || o == l)
        return;
    const bool alive = !at(o).over && !at(l).over;
    at(l).ties[o] = {alive, alive, at(l).ties[o].times + 1};
    at(o).ties[l] = {alive, alive, at(o).ties[l].times + 1};
    at(l).causes.push_back({exit_reason::noproc, o});
    if (at(o).over) // it has ended since, and its end may be on the way
        at(l).causes.push_back({at(o).reason, o});
}

void model::born_linked(life_id parent, pid child) {
    const hold h{lock_};
    const life_id c = life_of(child);
    if (c == nobody)
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
    if (o == nobody)
        return;
    at(l).ties[o].possible = at(l).ties[o].sure = false;
    at(o).ties[l].sure = false;
    std::erase_if(at(l).causes, [&](const cause& c) { return c.by == o; });
    std::erase_if(duties_, [&](const duty& d) {
        return (d.dead == o && d.other == l) || (d.dead == l && d.other == o);
    });
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
    if (t == nobody)
        return;
    life& x = at(t);
    ++x.ties[l].times;
    x.sent_to_us[l].push_back(why);
    const bool kills = why == exit_reason::kill;
    x.causes.push_back({kills ? exit_reason::killed : why, nobody});
    if (kills && t != l)
        at(l).killed_by_us.insert(t);
}

void model::heard_exit(life_id l, const exit_signal& s) {
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
        from == nobody // a link with nobody
            ? s.reason == exit_reason::noproc
            : at(from).over && (s.reason == at(from).reason || s.reason == exit_reason::noproc);
    if (!was_sent && !is_end)
        wrong("an exit signal has a reason that nothing caused: " + s.reason.text());
    if (++x.heard_of[from] > x.ties[from].times)
        wrong("an exit is told more often than once");
}

void model::monitors(life_id l, monitor_ref ref, pid target, bool at_birth) {
    const hold h{lock_};
    const life_id t = life_of(target);
    watches_[ref.id] = {l, t, at_birth, !at_birth && (t == nobody || at(t).over)};
}

void model::demonitored(life_id, monitor_ref ref, bool was_there, bool flushed) {
    const hold h{lock_};
    watch& w = watches_[ref.id];
    if (was_there && w.downs > 0)
        wrong("demonitor finds a monitor whose down has come");
    if (was_there || flushed)
        w.closed = true;
}

void model::heard_down(life_id l, const down& d) {
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
    if (w.target == nobody) {
        if (d.reason != exit_reason::noproc)
            wrong("the monitor of nobody does not answer noproc");
        return;
    }
    const life& t = at(w.target);
    if (!t.over)
        wrong("a down comes for a process that lives");
    if (w.target_was_over ? d.reason != exit_reason::noproc
                          : d.reason != t.reason && (w.at_birth || d.reason != exit_reason::noproc))
        wrong("a down has another reason than the end: " + d.reason.text() + " for " +
              t.reason.text());
}

// --- messages ---

int model::make_parcel(life_id from, pid to, way w, std::optional<wide> due) {
    const hold h{lock_};
    parcel p{.from = from, .to = life_of(to), .how = w, .due = due};
    if (p.to != nobody) {
        p.sequence = ++at(from).sent_by_us[p.to];
        p.behind_kill = at(from).killed_by_us.count(p.to) > 0;
    }
    parcels_.push_back(p);
    ++parcels_alive_;
    return static_cast<int>(parcels_.size()) - 1;
}

void model::posted(int number) {
    const hold h{lock_};
    parcel& p = parcels_[static_cast<std::size_t>(number)];
    if (p.where != parcel::state::sending)
        return;
    p.where = parcel::state::waiting;
    if (p.to != nobody && exact_ && p.how != way::timer)
        check_bound(p.to);
}

void model::check_bound(life_id l) {
    const life& x = at(l);
    // A mailbox that drops its oldest looks at them when its process does.
    if (x.what.bound == 0 || x.what.policy == 3 || x.over)
        return;
    std::uint32_t waiting = 0;
    for (const parcel& p : parcels_)
        waiting += p.to == l && p.where == parcel::state::waiting && p.how != way::timer ? 1 : 0;
    if (waiting > x.what.bound)
        wrong("a mailbox holds more than its bound");
}

void model::handled(life_id l, int number, clock::time_point now) {
    const hold h{lock_};
    parcel& p = parcels_[static_cast<std::size_t>(number)];
    digest(6, static_cast<std::uint64_t>(l), static_cast<std::uint64_t>(number));
    note(text(l) + " gets message " + std::to_string(number) + " of " + text(p.from));
    if (p.to != l)
        wrong("a message reaches another process than it was sent to");
    if (++p.arrivals > 1)
        wrong("a message is handled twice");
    if (at(l).over)
        wrong("a dead process handles a message");
    if (p.behind_kill)
        wrong("a message behind a kill of the same sender is handled");
    if (p.cancelled)
        wrong("a timer fires after it was cancelled");
    if (p.how == way::timer) {
        if (!p.due || in_wide(now) < *p.due)
            wrong("a timer fires early");
    } else {
        int& last = at(l).last_from[{p.from, p.how}];
        if (p.sequence < last)
            wrong("two messages of one sender change places");
        last = p.sequence;
    }
    p.where = parcel::state::handled;
}

void model::dies(int number) {
    const hold h{lock_};
    parcel& p = parcels_[static_cast<std::size_t>(number)];
    if (p.is_request && p.where == parcel::state::sending)
        p.would_wait_in_ring = waits_for_us(p.to, p.from);
}

void model::destroyed(int number) {
    const hold h{lock_};
    parcel& p = parcels_[static_cast<std::size_t>(number)];
    if (p.where == parcel::state::destroyed)
        wrong("a message is destroyed twice");
    --parcels_alive_;
    const bool was_waiting = p.where == parcel::state::waiting;
    if (p.where != parcel::state::handled)
        p.where = parcel::state::destroyed;
    if (!was_waiting || stopping_ || !exact_ || p.cancelled || p.to == nobody || at(p.to).over)
        return;
    if (at(p.to).what.bound == 0 || (at(p.to).what.policy != 3 && p.how != way::timer))
        wrong("a message to a process that lives is dropped");
}

void model::timer_cancelled(int number, bool is_so) {
    const hold h{lock_};
    parcels_[static_cast<std::size_t>(number)].cancelled = is_so;
}

// --- requests ---

void model::asks(int request, std::optional<wide> deadline) {
    const hold h{lock_};
    parcel& p = parcels_[static_cast<std::size_t>(request)];
    p.is_request = true;
    p.deadline = deadline;
}

void model::not_asked(life_id l, int request) {
    const hold h{lock_};
    parcel& p = parcels_[static_cast<std::size_t>(request)];
    p.would_wait_in_ring = p.would_wait_in_ring || waits_for_us(p.to, l);
}

void model::not_sent(life_id l, int number, const failure& why) {
    const hold h{lock_};
    const parcel& p = parcels_[static_cast<std::size_t>(number)];
    note(text(l) + " does not send " + std::to_string(number) + ": " +
         std::string{to_string(why.code)});
    if (exact_ && why.code == errc::call_cycle && !waits_for_us(p.to, l))
        wrong("a cast says call_cycle where there is none");
}

void model::sends_itself(life_id l) {
    const hold h{lock_};
    at(l).sent_itself = true;
}

void model::waits_for(life_id l, int number, waits what) {
    const hold h{lock_};
    at(l).waits_for = number;
    at(l).waits_how = what;
}

void model::waits_no_more(life_id l) {
    const hold h{lock_};
    at(l).waits_for = 0;
}

void model::waits_on(life_id l, pid other) {
    const hold h{lock_};
    at(l).waits_on = life_of(other);
}

void model::constructor_begins(life_id l, pid starter) {
    const hold h{lock_};
    if (const life_id s = life_of(starter); s != nobody)
        at(s).waits_on = l;
}

void model::constructor_ends(life_id l, pid starter) {
    const hold h{lock_};
    if (const life_id s = life_of(starter); s != nobody && at(s).waits_on == l)
        at(s).waits_on = nobody;
}

void model::stops_in_handler(life_id l) {
    const hold h{lock_};
    at(l).stopping = true;
}

void model::kept(int request) {
    const hold h{lock_};
    parcels_[static_cast<std::size_t>(request)].is_kept = true;
}

void model::replied(int request, clock::time_point now) {
    const hold h{lock_};
    parcel& p = parcels_[static_cast<std::size_t>(request)];
    if (p.replied_at)
        wrong("a request is answered twice");
    p.replied_at = now;
}

void model::dropped_caller(int request) {
    const hold h{lock_};
    parcels_[static_cast<std::size_t>(request)].dropped = true;
}

void model::answered(life_id l, int request, int answer) {
    const hold h{lock_};
    parcel& p = parcels_[static_cast<std::size_t>(request)];
    digest(7, static_cast<std::uint64_t>(l), static_cast<std::uint64_t>(request));
    note(text(l) + " gets the answer to " + std::to_string(request));
    if (answer != request)
        wrong("a caller gets the answer of another call");
    if (!p.replied_at)
        wrong("a caller gets an answer that was never given");
    if (++p.outcomes > 1)
        wrong("a request has two outcomes");
}

/// Has it no room for this message? Which of the others have been refused we do not know.
bool model::may_be_full(life_id l, int for_whom) {
    const life& x = at(l);
    if (x.sent_itself)
        return x.what.bound != 0;
    std::uint32_t waiting = 0;
    for (const parcel& p : parcels_)
        waiting += p.to == l && &p != &parcels_[static_cast<std::size_t>(for_whom)] &&
                           p.where <= parcel::state::waiting
                       ? 1
                       : 0;
    return x.what.bound != 0 && waiting >= x.what.bound;
}

bool model::waits_for_us(life_id target, life_id us) {
    for (std::size_t steps = 0; target != nobody && steps <= lives_.size(); ++steps) {
        if (target == us)
            return true;
        const life& x = at(target);
        if (x.waits_on != nobody) {
            target = x.waits_on;
            continue;
        }
        if (x.waits_for == 0)
            return false;
        target = parcels_[static_cast<std::size_t>(x.waits_for)].to;
        if (target != nobody && x.waits_how == waits::for_room && !may_be_full(target, x.waits_for))
            return false;
    }
    return false;
}

void model::failed(life_id l, int request, const failure& why, clock::time_point now) {
    const hold h{lock_};
    parcel& p = parcels_[static_cast<std::size_t>(request)];
    digest(8, static_cast<std::uint64_t>(l), static_cast<std::uint64_t>(why.code));
    note(text(l) + " gets no answer to " + std::to_string(request) + ": " +
         std::string{to_string(why.code)} + ", " + why.reason.text());
    if (++p.outcomes > 1)
        wrong("a request has two outcomes");
    const bool over = p.to == nobody || at(p.to).over;
    if (why.untouched && p.arrivals > 0)
        wrong("a failure says that the server never began, and it did");
    switch (why.code) {
    case errc::timeout:
        must_not_be_early("a call's limit", p.deadline, now);
        if (exact_ && p.replied_at && p.deadline && p.to != nobody && !at(p.to).stopping &&
            in_wide(*p.replied_at) + tolerance < *p.deadline)
            wrong("an answer that was given in time is lost");
        return;
    case errc::noproc:
        if (exact_ && !over)
            wrong("a call to a process that lives says noproc");
        return;
    case errc::exited:
        if (!over)
            wrong("a call says that its server has ended, and it lives");
        if (p.to != nobody && why.reason != at(p.to).reason && why.reason != exit_reason::noproc)
            wrong("a caller gets another reason than its server's: " + why.reason.text() + " for " +
                  at(p.to).reason.text());
        return;
    case errc::no_reply:
        if (!p.dropped)
            wrong("a call says no_reply, and its caller was not dropped");
        return;
    case errc::calling_self:
        if (p.to != l)
            wrong("a call to another process says calling_self");
        return;
    case errc::call_cycle:
        if (exact_ && !p.would_wait_in_ring && !waits_for_us(p.to, l))
            wrong("a call says call_cycle where there is none");
        return;
    case errc::mailbox_full:
        if (p.to == nobody || at(p.to).what.bound == 0)
            wrong("a mailbox without a bound is full");
        return;
    case errc::not_running:
        if (exact_)
            wrong("a call says that the runtime does not run");
        return;
    default:
        wrong("a call fails in a way that is not its own: " + std::string{to_string(why.code)});
    }
}

// --- time ---

void model::must_not_be_early(const char* what, std::optional<wide> due, clock::time_point now) {
    if (!due || in_wide(now) < *due)
        wrong(std::string{what} + " is over too early");
}

void model::must_not_be_late(life_id l,
                             const char* what,
                             std::optional<wide> due,
                             clock::time_point now) {
    const hold h{lock_};
    if (exact_ && due && !at(l).over && in_wide(now) > *due + tolerance)
        wrong(std::string{what} + " takes longer than its limit");
}

void model::wants_idle(life_id l, std::optional<wide> after) {
    const hold h{lock_};
    at(l).idle_after = after.value_or(wide{1} << 100);
}

void model::heard_timeout(life_id l, clock::time_point now) {
    const hold h{lock_};
    const auto due = at(l).idle_due;
    if (!due)
        wrong("an idle timeout comes that was not asked for, or behind a message");
    if (in_wide(now) < *due)
        wrong("an idle timeout comes early");
}

// --- names ---

void model::named(std::string_view name, pid who, const result<void>& got) {
    const hold h{lock_};
    if (!exact_)
        return;
    const life_id l = life_of(who);
    const bool noproc = l == nobody || at(l).over;
    const bool taken = names_.contains(name);
    const bool has =
        std::any_of(names_.begin(), names_.end(), [&](const auto& n) { return n.second == who; });
    if (got) {
        if (noproc || taken || has)
            wrong("register_name gives a name that it must refuse");
        names_.emplace(std::string{name}, who);
        return;
    }
    const errc e = got.error().code;
    if (!((e == errc::noproc && noproc) || (e == errc::name_taken && taken) ||
          (e == errc::already_named && has)))
        wrong("register_name refuses with a wrong word: " + std::string{to_string(e)});
}

void model::unnamed(std::string_view name, const result<void>& got) {
    const hold h{lock_};
    if (!exact_)
        return;
    const auto found = names_.find(name);
    if (got.has_value() != (found != names_.end()))
        wrong("unregister_name and the model differ");
    if (found != names_.end())
        names_.erase(found);
}

void model::found(std::string_view name, pid got) {
    const hold h{lock_};
    if (!exact_)
        return;
    const auto there = names_.find(name);
    if (got != (there == names_.end() ? pid{} : there->second))
        wrong("whereis and the model differ");
}

// --- the end ---

bool model::rests(life_id l) {
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
        const auto heard = o.heard_of.find(d.dead);
        if (d.trapped && o.always_trapped && (heard == o.heard_of.end() || heard->second == 0))
            wrong("a linked process that traps exits is not told of the end of the other");
    }
}

void model::check_monitors_at_rest() {
    for (const auto& [ref, w] : watches_)
        if (!w.closed && w.downs == 0 && rests(w.watcher) &&
            (w.target == nobody || at(w.target).over))
            wrong("a down does not come");
}

void model::check_messages_at_rest(clock::time_point now) {
    for (const parcel& p : parcels_) {
        if (p.to == nobody || !rests(p.to) || p.where != parcel::state::waiting || p.cancelled)
            continue;
        if (p.how != way::timer && !(p.is_request && at(p.to).what.policy == 3))
            wrong("a message is not handled by a process that waits for messages");
        if (p.due && *p.due + tolerance < in_wide(now) && at(p.to).what.bound == 0)
            wrong("a timer does not fire");
    }
    for (const life& l : lives_) {
        if (l.over || l.waits_for == 0)
            continue;
        const parcel& p = parcels_[static_cast<std::size_t>(l.waits_for)];
        if (p.to == nobody || at(p.to).over)
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
    if (parcels_alive_ != 0)
        wrong("messages are left when the runtime has stopped");
    if (objects != 0)
        wrong("objects are left when the runtime has stopped");
}

} // namespace simulation
