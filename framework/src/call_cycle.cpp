// SPDX-License-Identifier: BSL-1.0
#include "call_cycle.hpp"
#include <coppice/names.hpp>
#include <vector>

namespace coppice::detail {
namespace {

/// One process of the chain, as it was when we looked.
struct link {
    pid who;
    std::uint32_t waits; // which of its waits
    std::uint64_t waits_for;
};

link look_at(pid who) {
    const process& p = *slot_of(who);
    return {.who = who,
            .waits = p.waits.load(std::memory_order_acquire),
            .waits_for = p.waits_for.load(std::memory_order_acquire)};
}

/// Nothing has moved since: the same process is in the same wait. All links were looked at before
/// the first is looked at again, so there was a moment at which all held together.
bool still_holds(const link& l) {
    const link now = look_at(l.who);
    return is_alive(l.who) && now.waits == l.waits && now.waits_for == l.waits_for;
}

std::string describe(pid who) {
    const std::string name = registered_name(who);
    return name.empty() ? who.text() : name + ' ' + who.text();
}

} // namespace

bool find_call_cycle(const process& caller, pid server, request& r) {
    std::vector<link> chain;
    for (pid at = server; at != caller.self();) {
        if (!at || !is_alive(at) || chain.size() == 1000)
            return false;
        chain.push_back(look_at(at));
        at = pid{chain.back().waits_for};
    }
    for (const link& l : chain)
        if (!still_holds(l))
            return false;
    std::string text = describe(caller.self());
    for (const link& l : chain)
        text += " -> " + describe(l.who);
    text += " -> " + describe(caller.self());
    fail_request(&r, {.code = errc::call_cycle,
                      .reason = exit_reason{"call_cycle"},
                      .detail = "these processes would wait for each other for ever: " + text});
    return true;
}

} // namespace coppice::detail
