// SPDX-License-Identifier: BSL-1.0
// The part of a store that does transactions.
#include "store.hpp"
#include <coppice/log.hpp>

namespace key_value {

using namespace coppice;
using namespace std::chrono_literals;

namespace {

// A coordinator decides when the other partitions have answered. If it takes longer than this, a
// partition hangs, and delays the clients of all other partitions.
constexpr auto decision_timeout = 30s;

/// Written as one record: the log holds all of them or none.
std::vector<change> as_one(std::vector<change> changes) {
    if (changes.size() < 2)
        return changes;
    return {{change::kind::together, {}, pack(changes), 0}};
}

} // namespace

std::vector<watched_key> store::handle_call(watch_keys w) {
    const milliseconds now = wall_clock();
    std::vector<watched_key> watched;
    for (std::string& key : w.keys) {
        const std::uint64_t version = keys_.watch(key, now);
        watched.push_back({std::move(key), this_process::self(), version});
    }
    append_changes(); // some may have expired
    return watched;
}

void store::handle_cast(unwatch_keys u) {
    for (const watched_key& w : u.keys)
        if (w.store == this_process::self())
            keys_.unwatch(w.key);
}

bool store::is_changed(const std::vector<watched_key>& watched, milliseconds now) {
    return std::any_of(watched.begin(), watched.end(), [&](const watched_key& w) {
        return w.store != this_process::self() || keys_.version(w.key, now) != w.version;
    });
}

void store::take_back_append() {
    log_->cut_last();
    *written_ = log_->size();
}

part_answer store::handle_call(run_alone r) {
    const milliseconds now = wall_clock();
    part_answer a{.changed = is_changed(r.part->watched, now)};
    if (!a.changed)
        a.answers = run_all(r.part->commands, now);
    append(as_one(keys_.take_changes()));
    return a;
}

void store::handle_call(prepare p, from<part_answer> caller) {
    const milliseconds now = wall_clock();
    const bool changed = is_changed(p.part->watched, now);
    append_changes(); // expired keys stay removed, whatever is decided
    if (changed)
        return caller.reply({.changed = true});
    keys_.begin();
    auto answers = run_all(p.part->commands, now);
    const auto changes = keys_.take_changes();
    if (!changes.empty())
        append({{change::kind::prepared, p.id, pack(changes), 0}});
    caller.reply({.answers = std::move(answers), .held_by = this_process::self()});

    if (!wait_for_decision(p)) {
        keys_.roll_back();
        if (!changes.empty())
            take_back_append();
        return;
    }
    keys_.keep();
    if (!changes.empty())
        append({{change::kind::committed, p.id, {}, 0}});
    shared_->all.recorded(p.id, partition_);
    p.coordinator.send(applied{p.id, this_process::self()});
}

/// Meanwhile all requests to this partition wait: no client sees a change that may be undone, or
/// that another partition has not made yet.
bool store::wait_for_decision(const prepare& p) {
    const monitor_ref watch = this_process::monitor(p.coordinator);
    const auto is_its_end = [&](const down& d) { return d.ref == watch; };
    const auto is_ours = [&](const decision& d) { return d.id == p.id; };
    const auto ask = [&] { return !shared_->all.give_up(p.id); };
    const bool keep = this_process::receive(when(is_ours, [](decision d) { return d.keep; }),
                                            when(is_its_end, [&](const down&) { return ask(); }),
                                            after(decision_timeout, ask));
    (void)this_process::demonitor(watch, this_process::flush::yes);
    return keep;
}

void store::settle_undecided() {
    if (const auto prepared = keys_.undecided()) {
        const bool keep = !shared_->all.give_up(prepared->key);
        log::notice("partition {}: the transaction {} was under way when this ended, and is {}",
                    partition_, prepared->key, keep ? "kept" : "given up");
        if (keep) {
            change committed{change::kind::committed, prepared->key, {}, 0};
            append({committed});
            keys_.replay(std::move(committed));
        } else {
            take_back_append();
            keys_.forget_undecided();
        }
    }
    shared_->all.recorded_all(partition_);
}

} // namespace key_value
