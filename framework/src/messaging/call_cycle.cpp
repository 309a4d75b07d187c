// SPDX-License-Identifier: BSL-1.0
#include "messaging/call_cycle.hpp"
#include "process/wait_edge.hpp"
#include "signals/mailbox_limit.hpp"
#include <coppice/names.hpp>
#include <vector>

namespace coppice::detail {
namespace {

/// One process of the chain, as it was when we looked.
struct link {
    pid who;
    std::uint32_t waits; // which of its waits
    wait_edge edge;
};

link look_at(pid who) {
    const process& p = *slot_of(who);
    return {.who = who, .waits = p.wait.which(), .edge = p.wait.edge()};
}

bool is_let_in_soon(wait_edge e) noexcept { return e.is_for_room() && has_room(e.target()); }

/// Nothing has moved since: the same process is in the same wait. All links were looked at before
/// the first is looked at again, so there was a moment at which all held together.
bool still_holds(const link& l) {
    const link now = look_at(l.who);
    return is_alive(l.who) && now.waits == l.waits && now.edge == l.edge;
}

std::string describe(pid who) {
    const std::string name = registered_name(who);
    return name.empty() ? who.text() : name + ' ' + who.text();
}

} // namespace

std::optional<failure> find_call_cycle(const process& caller, pid server) {
    std::vector<link> chain;
    for (pid at = server; at != caller.self();) {
        if (!at || !is_alive(at) || chain.size() == 1000)
            return std::nullopt;
        chain.push_back(look_at(at));
        at = chain.back().edge.target();
    }
    for (const link& l : chain)
        if (is_let_in_soon(l.edge))
            return std::nullopt;
    // The room before the waits. A sender that takes room has said before that it waits for none.
    // So where its message has filled the mailbox, we find that wait over. Acquire: count_in.
    std::atomic_thread_fence(std::memory_order_acquire);
    for (const link& l : chain)
        if (!still_holds(l))
            return std::nullopt;
    std::string text = describe(caller.self());
    for (const link& l : chain)
        text += " -> " + describe(l.who);
    text += " -> " + describe(caller.self());
    return failure{.code = errc::call_cycle,
                   .reason = exit_reason{"call_cycle"},
                   .detail = "these processes would wait for each other for ever: " + text};
}

} // namespace coppice::detail
