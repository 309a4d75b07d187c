// SPDX-License-Identifier: BSL-1.0
#include "transaction.hpp"
#include <algorithm>

namespace key_value {

using namespace coppice;
using namespace std::chrono_literals;

namespace {

constexpr auto retry_period = 5ms;
constexpr int most_retries = 400;

via<std::size_t, store> store_of(std::size_t partition) { return stores(partition); }

} // namespace

void transaction::ask(routing::join how, std::vector<std::pair<std::size_t, command>> parts) {
    answer_place place{how, {}};
    for (auto& [partition, c] : parts) {
        auto& commands = parts_[partition].commands;
        place.parts.emplace_back(partition, commands.size());
        commands.push_back(std::move(c));
    }
    places_.push_back(std::move(place));
}

void transaction::check(const std::vector<watched_key>& watched) {
    for (const watched_key& w : watched)
        parts_[partition_of(w.key, parts_.size())].watched.push_back(w);
}

transaction::outcome transaction::run() {
    std::vector<std::size_t> used;
    shared_.resize(parts_.size());
    for (std::size_t p = 0; p < parts_.size(); ++p)
        if (!parts_[p].commands.empty() || !parts_[p].watched.empty()) {
            used.push_back(p);
            shared_[p] = std::make_shared<const transaction_part>(std::move(parts_[p]));
        }
    if (used.empty())
        return {outcome::kind::kept};
    for (int tries = 0;; ++tries) {
        attempt a = used.size() == 1 ? run_in(used.front()) : run_in(used);
        if (a.what == outcome::kind::failed && a.again && tries < most_retries) {
            this_process::sleep(retry_period);
            continue;
        }
        outcome o{a.what, {}, std::move(a.problem)};
        for (const answer_place& place : places_) {
            if (a.what != outcome::kind::kept)
                break;
            std::vector<std::string> parts;
            for (const auto& [partition, index] : place.parts)
                parts.push_back(std::move(a.answers[partition][index]));
            o.answers.push_back(combine(place.how, parts));
        }
        return o;
    }
}

transaction::attempt transaction::run_in(std::size_t partition) {
    auto r = store_of(partition).try_call(run_alone{shared_[partition]}, infinity);
    if (!r && r.error().not_started)
        return {outcome::kind::failed, true, "ERR the store does not come back; nothing was done"};
    if (!r)
        return {outcome::kind::failed, false,
                "ERR the store failed; it is unknown whether this was done: " +
                    r.error().reason.text()};
    if (r->changed)
        return {outcome::kind::changed};
    attempt a{outcome::kind::kept};
    a.answers.resize(shared_.size());
    a.answers[partition] = std::move(r->answers);
    return a;
}

transaction::attempt transaction::run_in(const std::vector<std::size_t>& partitions) {
    const transaction_id id = context_.all.open(partitions);
    std::vector<pending<part_answer>> waiting;
    {
        const send_gate::alone hold{context_.gate};
        for (const std::size_t p : partitions)
            waiting.push_back(
                store_of(p).send_request(prepare{id, shared_[p], this_process::self()}));
    }
    attempt a{outcome::kind::kept};
    a.answers.resize(shared_.size());
    std::vector<part_answer> held;
    for (std::size_t i = 0; i < partitions.size(); ++i) {
        auto r = waiting[i].try_get(infinity);
        if (!r) {
            const bool again =
                r.error().not_started && (a.again || a.what != outcome::kind::failed);
            a = {outcome::kind::failed, again,
                 again ? "ERR a store does not come back; nothing was done"
                       : "ERR a store failed; nothing was done: " + r.error().reason.text(),
                 std::move(a.answers)};
        } else if (r->changed) {
            if (a.what == outcome::kind::kept)
                a.what = outcome::kind::changed;
        } else {
            a.answers[partitions[i]] = std::move(r->answers);
            held.push_back(std::move(*r));
        }
    }
    if (a.what == outcome::kind::kept && !context_.all.keep(id))
        a = {outcome::kind::failed, false, "ERR a store took too long; nothing was done"};
    if (a.what == outcome::kind::kept) {
        if (!wait_for_stores(id, held))
            return {outcome::kind::failed, false,
                    "ERR the stores failed; it is unknown whether this was done"};
    } else {
        context_.all.give_up(id);
        for (const part_answer& h : held)
            h.held_by.send(decision{id, false});
    }
    return a;
}

/// Tells the stores that the transaction is kept, and waits until each has written that, or has
/// exited. One log decides for all, also when the whole program is killed; so one written record is
/// enough.
bool transaction::wait_for_stores(const transaction_id& id, const std::vector<part_answer>& held) {
    std::vector<monitor_ref> watches;
    for (const part_answer& h : held) {
        watches.push_back(this_process::monitor(h.held_by));
        h.held_by.send(decision{id, true});
    }
    bool written = false;
    for (std::size_t i = 0; i < held.size(); ++i) {
        const auto from_it = [&](const applied& a) {
            return a.id == id && a.by == held[i].held_by;
        };
        const auto is_its_end = [&](const down& d) { return d.ref == watches[i]; };
        written |= this_process::receive(when(from_it, [](const applied&) { return true; }),
                                         when(is_its_end, [](const down&) { return false; }));
        (void)this_process::demonitor(watches[i], this_process::flush::yes);
    }
    // All stores have crashed: they are restarted, and find in their logs what they had prepared.
    for (int tries = 0; !written && tries < most_retries; ++tries) {
        this_process::sleep(retry_period);
        written = context_.all.is_done(id);
    }
    return written;
}

// --- WATCH ---

bool watched_keys::add(const std::vector<std::string>& keys) {
    std::vector<std::vector<std::string>> of(partitions_);
    for (const std::string& key : keys)
        of[partition_of(key, partitions_)].push_back(key);
    for (std::size_t p = 0; p < partitions_; ++p) {
        if (of[p].empty())
            continue;
        auto r = store_of(p).try_call(watch_keys{of[p]}, infinity);
        for (int tries = 0; !r && tries < most_retries; ++tries) {
            this_process::sleep(retry_period);
            r = store_of(p).try_call(watch_keys{of[p]}, infinity);
        }
        if (!r)
            return false;
        keys_.insert(keys_.end(), r->begin(), r->end());
    }
    return true;
}

void watched_keys::give_back() {
    std::vector<std::vector<watched_key>> of(partitions_);
    for (watched_key& w : std::exchange(keys_, {}))
        of[partition_of(w.key, partitions_)].push_back(std::move(w));
    for (std::size_t p = 0; p < partitions_; ++p)
        if (!of[p].empty())
            store_of(p).cast(unwatch_keys{std::move(of[p])});
}

} // namespace key_value
