// SPDX-License-Identifier: BSL-1.0
#include "transactions.hpp"
#include <algorithm>
#include <chrono>
#include <coppice/this_process.hpp>
#include <sstream>
#include <unistd.h>

namespace key_value {

using namespace std::chrono_literals;

transactions::transactions()
    : run_{std::to_string(std::chrono::system_clock::now().time_since_epoch().count()) + '-' +
           std::to_string(::getpid()) + '-'} {}

std::set<std::size_t> partitions_of(const transaction_id& id) {
    std::set<std::size_t> found;
    std::istringstream list{id.substr(std::min(id.find(':'), id.size() - 1) + 1)};
    for (std::string one; std::getline(list, one, ',');)
        found.insert(std::stoul(one));
    return found;
}

transaction_id transactions::open(const std::vector<std::size_t>& partitions) {
    std::string list;
    for (const std::size_t p : partitions)
        list += (list.empty() ? ':' : ',') + std::to_string(p);
    const std::lock_guard hold{lock_};
    transaction_id id = run_ + std::to_string(++last_) + list;
    open_[id];
    return id;
}

bool transactions::keep(const transaction_id& id) {
    const std::lock_guard hold{lock_};
    const auto it = open_.find(id);
    if (it == open_.end())
        return false;
    it->second.missing = partitions_of(id);
    return it->second.kept = true;
}

bool transactions::give_up(const transaction_id& id) {
    const std::lock_guard hold{lock_};
    const auto it = open_.find(id);
    if (it == open_.end())
        return true;
    if (it->second.kept)
        return false;
    open_.erase(it);
    return true;
}

void transactions::found(const transaction_id& id, std::set<std::size_t> missing) {
    const std::lock_guard hold{lock_};
    open_[id] = {std::move(missing), true};
}

void transactions::drop_if_done(std::map<transaction_id, state>::iterator it) {
    if (it->second.kept && it->second.missing.empty())
        open_.erase(it);
}

void transactions::recorded(const transaction_id& id, std::size_t partition) {
    const std::lock_guard hold{lock_};
    const auto it = open_.find(id);
    if (it == open_.end())
        return;
    it->second.missing.erase(partition);
    drop_if_done(it);
}

bool transactions::is_done(const transaction_id& id) const {
    const std::lock_guard hold{lock_};
    return !open_.contains(id);
}

void transactions::recorded_all(std::size_t partition) {
    const std::lock_guard hold{lock_};
    for (auto it = open_.begin(); it != open_.end();) {
        const auto next = std::next(it);
        if (it->second.kept) {
            it->second.missing.erase(partition);
            drop_if_done(it);
        }
        it = next;
    }
}

bool transactions::needs_log_of(std::size_t partition) const {
    const std::lock_guard hold{lock_};
    for (const auto& [id, s] : open_)
        if (s.kept && partitions_of(id).contains(partition))
            return true;
    return false;
}

// --- send_gate ---

// Acquire on entry and release on exit: the messages of an exclusive holder are in the mailboxes
// before the next holder sends.

send_gate::shared::shared(send_gate& g) : gate_{g} {
    while ((gate_.state_.fetch_add(1, std::memory_order_acquire) & taken) != 0) {
        gate_.state_.fetch_sub(1, std::memory_order_relaxed); // nothing was sent
        coppice::this_process::sleep(50us);
    }
}

send_gate::shared::~shared() { gate_.state_.fetch_sub(1, std::memory_order_release); }

send_gate::alone::claim::claim(send_gate& g) : gate{g} {
    while ((gate.state_.fetch_or(taken, std::memory_order_acquire) & taken) != 0)
        coppice::this_process::sleep(50us);
}

send_gate::alone::claim::~claim() { gate.state_.fetch_and(~taken, std::memory_order_release); }

send_gate::alone::alone(send_gate& g) : claim_{g} {
    while (g.state_.load(std::memory_order_acquire) != taken) // the sharing holders are leaving
        coppice::this_process::yield();
}

} // namespace key_value
