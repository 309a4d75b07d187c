// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "memory/small_map.hpp"
#include "process/link_table.hpp"
#include "support/virtual_clock.hpp"
#include <algorithm>
#include <span>
#include <vector>

// A hash table has its entries in an order that depends on what else the program has done, and a
// seed must replay in another program, too. So under simulation what is told to many is told in the
// order of the processes' slots, which are handed out in the same order in each simulation, or of
// the references.
namespace coppice::detail {

inline bool is_simulated() noexcept {
    return the_virtual_clock.load(std::memory_order_relaxed) !=
           nullptr; // only whether there is one
}

inline void sort_for_replay(std::span<pid> all) {
    std::sort(all.begin(), all.end(), [](pid a, pid b) {
        return std::pair{slot_of(a), pid_access::word(a)} <
               std::pair{slot_of(b), pid_access::word(b)};
    });
}

template <class V, class F>
void for_each_in_replay_order(const small_map<std::uint64_t, V>& map, F f) {
    if (!map.has_several() || !is_simulated())
        return map.for_each(f);
    std::vector<std::pair<std::uint64_t, V>> all;
    map.for_each([&](std::uint64_t key, const V& value) { all.emplace_back(key, value); });
    std::sort(all.begin(), all.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [key, value] : all)
        f(key, value);
}

template <class F>
void for_each_in_replay_order(const link_table& links, F f) {
    if (!links.has_several() || !is_simulated())
        return links.for_each(f);
    std::vector<pid> all;
    links.for_each([&](pid other) { all.push_back(other); });
    sort_for_replay(all);
    for (const pid other : all)
        f(other);
}

} // namespace coppice::detail
