// SPDX-License-Identifier: BSL-1.0
#include "extras.hpp"
#include "runtime_state.hpp"
#include "slots.hpp"
#include "suspension.hpp"
#include <coppice/names.hpp>
#include <coppice/process_info.hpp>

namespace coppice {

using namespace detail;

std::string_view to_string(process_status s) noexcept {
    switch (s) {
    case process_status::runnable:
        return "runnable";
    case process_status::running:
        return "running";
    case process_status::waiting:
        return "waiting";
    case process_status::exiting:
        return "exiting";
    }
    return "?";
}

namespace {

/// What may be read from outside. The type pointers are set before the pid is known to anybody.
process_info look_at(process& p, pid who, std::uint64_t word) {
    process_info i;
    i.process = who;
    i.name = registered_name(who);
    i.type = p.server ? p.server->name : p.raw ? p.raw->name : std::string_view{};
    i.traps_exit = p.traps.load(std::memory_order_relaxed);
    i.messages = p.queued.load(std::memory_order_relaxed) +
                 (word::is_list(word) ? word & word::depth_mask : 0);
    i.dropped = p.dropped.load(std::memory_order_relaxed);
    i.waits_for = pid{p.waits_for.load(std::memory_order_relaxed)};
    if (const node_ops* o = p.handling.load(std::memory_order_relaxed))
        i.handling = o->name;
    const bool idle = (word & word::address_mask) == word::idle;
    const bool blocked = p.home.load(std::memory_order_relaxed) != nullptr;
    i.status = idle || blocked ? process_status::waiting : process_status::runnable;
    return i;
}

} // namespace

std::optional<process_info> info(pid who) {
    if (!who)
        return std::nullopt;
    process& p = *slot_of(who);
    const std::uint64_t w = p.word.load(std::memory_order_acquire);
    if (word::tag(w ^ who.word()) != 0 || (w & word::address_mask) == word::dead)
        return std::nullopt;
    process_info i = look_at(p, who, w);
    if (!is_alive(who))
        return std::nullopt; // what we read may be a successor's
    return i;
}

std::vector<pid> processes() {
    std::vector<pid> all;
    slots::for_each(
        [](process& p, void* out) {
            const std::uint64_t w = p.word.load(std::memory_order_acquire);
            if (word::tag(w) != 0 && (w & word::address_mask) != word::dead)
                static_cast<std::vector<pid>*>(out)->emplace_back(
                    word::tag(w) | reinterpret_cast<std::uint64_t>(&p));
        },
        &all);
    return all;
}

namespace this_process {

process_info info() {
    process& p = require_process("info");
    process_info i = look_at(p, p.self(), p.word.load(std::memory_order_relaxed));
    i.status = process_status::running;
    i.parent = p.parent;
    if (!p.more)
        return i;
    p.more->links.for_each([&](pid other) { i.links.push_back(other); });
    for (const auto& [ref, target] : p.more->monitors)
        i.monitors.push_back(target);
    return i;
}

} // namespace this_process
} // namespace coppice
