// SPDX-License-Identifier: BSL-1.0
#include "model_parts.hpp"
#include <algorithm>
#include <coppice/names.hpp>
#include <coppice/this_process.hpp>
#include <cstdio>
#include <unistd.h>

namespace simulation {

using namespace coppice;

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
    if (l == no_life)
        return "no process";
    return "actor " + std::to_string(at(l).actor) + " (life " + std::to_string(l) + ')';
}

// --- lives ---

model::life_id model::add(pid process) {
    const auto [place, is_new] = by_pid_.try_emplace(coppice::detail::pid_access::word(process),
                                                     static_cast<int>(lives_.size()));
    if (is_new) {
        lives_.emplace_back();
        lives_.back().process = process;
        lives_.back().actor = -1;
    }
    return place->second;
}

model::life_id model::enter(pid process, int actor, const simulation::actor& what) {
    const hold h{lock_};
    const life_id l = add(process);
    life& x = at(l);
    if (x.actor == -1) {
        x.actor = actor;
        x.what = what;
        digest(1, static_cast<std::uint64_t>(l), static_cast<std::uint64_t>(actor));
        note(text(l) + " is there");
        if (process == this_process::self() && this_process::parent()) {
            // It may be linked: the starter reports that when the start has returned.
            const life_id parent = add(this_process::parent());
            at(l).ties[parent].possible = at(parent).ties[l].possible = true;
            if (at(parent).over)
                at(l).causes.push_back({at(parent).reason, parent});
        }
        if (what.what == kind::child) { // its supervisor may stop it at any time
            x.causes.push_back({exit_reason::shutdown, no_life});
            x.causes.push_back({exit_reason::killed, no_life});
        }
    }
    return l;
}

model::life_id model::life_of(pid process) {
    const hold h{lock_};
    return process ? add(process) : no_life;
}

bool model::is_over(life_id l) {
    const hold h{lock_};
    return at(l).over;
}

exit_reason model::reason_of(pid process) {
    const hold h{lock_};
    const life_id l = life_of(process);
    return l != no_life && at(l).over ? at(l).reason : exit_reason{};
}

void model::course(std::uint64_t event, std::uint64_t a, std::uint64_t b) {
    const hold h{lock_};
    digest(event, a, b);
}

bool model::may_have_pending_exit(life_id l) {
    const hold h{lock_};
    const life& x = at(l);
    return !x.sent_to_us.empty() || std::any_of(x.causes.begin(), x.causes.end(),
                                                [](const cause& c) { return c.by != no_life; });
}

void model::may_end(life_id l, const exit_reason& why) {
    const hold h{lock_};
    at(l).causes.push_back({why, no_life});
}

void model::starts_linked(life_id l, bool yes) {
    const hold h{lock_};
    at(l).starting_linked = yes;
}

void model::ended(pid process, const exit_reason& why) {
    const hold h{lock_};
    if (finished_)
        return;
    const life_id l = add(process); // new: a supervisor, or a process that ends before it runs
    life& x = at(l);
    digest(2, static_cast<std::uint64_t>(l));
    note(text(l) + " ends: " + why.text());
    if (x.over)
        wrong("a process ends twice");
    if (exact_ && !registered_name(process).empty())
        wrong("a process ends and still has its name");
    const bool has_cause =
        std::any_of(x.causes.begin(), x.causes.end(), [&](const cause& c) { return c.why == why; });
    const bool is_abandoned = why.word() == "terminate"; // it met a destructor
    const bool by_stop = stopping_ && why == exit_reason::killed;
    if (x.actor > 0 && !has_cause && !by_stop && !is_abandoned && !x.starting_linked)
        wrong("a process ends with a reason that nothing caused: " + why.text());
    x.over = true;
    x.reason = why;
    std::erase_if(names_, [&](const auto& n) { return n.second == process; });
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

void model::received_timeout(life_id l, clock::time_point now) {
    const hold h{lock_};
    const auto due = at(l).idle_due;
    if (!due)
        wrong("an idle timeout comes that was not asked for, or behind a message");
    if (in_wide(now) < *due)
        wrong("an idle timeout comes early");
}

// --- names ---

void model::named(std::string_view name, pid process, const result<void>& got) {
    const hold h{lock_};
    if (!exact_)
        return;
    const life_id l = life_of(process);
    const bool noproc = l == no_life || at(l).over;
    const bool taken = names_.contains(name);
    const bool has = std::any_of(names_.begin(), names_.end(),
                                 [&](const auto& n) { return n.second == process; });
    if (got) {
        if (noproc || taken || has)
            wrong("register_name gives a name that it must refuse");
        names_.emplace(std::string{name}, process);
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

} // namespace simulation
