// SPDX-License-Identifier: BSL-1.0
#include "messaging/call.hpp"
#include "process/envelope_tables.hpp"
#include "process/process_extras.hpp"
#include "process/process_table.hpp"
#include "process/replay_order.hpp"
#include "process/wait_edge.hpp"
#include "scheduler/runtime_state.hpp"
#include "signals/info_request.hpp"
#include "signals/signals.hpp"
#include "signals/suspension.hpp"
#include <coppice/detail/server_class.hpp>
#include <coppice/names.hpp>
#include <coppice/process_info.hpp>
#include <coppice/runtime.hpp>
#include <coppice/this_process.hpp>

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

/// The word of a living process says so, under its tag. One that has exited keeps its pid in the
/// slot while code of it stands on a stack, or its object does: see free_slot. No other process has
/// that pid, ever.
bool exists(const process& p, pid who, std::uint64_t word) noexcept {
    if ((word & mailbox_word::address_mask) == mailbox_word::dead)
        return p.id == pid_access::word(who);
    return mailbox_word::tag(word ^ pid_access::word(who)) == 0;
}

process_status status_of(const process& p, std::uint64_t word) noexcept {
    const std::uint64_t content = word & mailbox_word::address_mask;
    const envelope_ops* const handled = p.handling.load(std::memory_order_relaxed);
    if (content == mailbox_word::dead || p.exit.is_pending() || handled == &terminate_operations)
        return process_status::exiting;
    return content == mailbox_word::idle || p.wait.is_blocked() ? process_status::waiting
                                                                : process_status::runnable;
}

/// What may be read from outside. The type pointers are set before the pid is known to anybody.
process_snapshot look_at(process& p, pid who, std::uint64_t word) {
    process_snapshot i;
    i.process = who;
    i.name = registered_name(who);
    i.type = p.server ? p.server->name : p.raw ? p.raw->name : std::string_view{};
    i.traps_exit = p.traps.load(std::memory_order_relaxed);
    i.priority = p.low_priority ? priority::low : priority::normal;
    i.messages = messages_waiting(p, word);
    i.dropped = p.dropped.load(std::memory_order_relaxed);
    i.waits_for = p.wait.edge().target();
    if (const envelope_ops* o = p.handling.load(std::memory_order_relaxed))
        i.handling = o->name;
    i.status = status_of(p, word);
    return i;
}

/// What only the process itself may read.
void look_inside(const process& p, process_snapshot& i) {
    i.parent = p.parent;
    if (!p.extras)
        return;
    if (const rare_extras* x = rare_if_any(p)) {
        i.late_requests = x->late_requests;
        if (!x->label.empty())
            i.type = x->label;
    }
    for_each_in_replay_order(p.extras->links, [&](pid other) { i.links.push_back(other); });
    if (const watch_extras* x = watches_if_any(p))
        for_each_in_replay_order(x->monitors,
                                 [&](std::uint64_t, pid target) { i.monitors.push_back(target); });
}

/// The question to another process, and room for its answer.
struct look_request final : request {
    look_request() noexcept : request{operations} {
        destroy = [](request* r) noexcept { dispose(static_cast<look_request*>(r)); };
    }
    process_snapshot seen;
    static constexpr envelope_ops operations = system_message("look", nullptr, nullptr);
};

constexpr std::chrono::milliseconds patience{100}; // with a process that runs a long handler

} // namespace

void detail::answer_look(process& p, std::uint64_t asked) noexcept {
    auto* r = reinterpret_cast<look_request*>(asked);
    look_inside(p, r->seen);
    r->result = request::outcome::value;
    deliver(r);
}

void detail::refuse_look(std::uint64_t asked) noexcept {
    answer_failed(reinterpret_cast<look_request*>(asked),
                  {.code = errc::noproc, .reason = exit_reason::noproc});
}

std::optional<process_snapshot> process_info_from_outside(pid who) {
    if (!who)
        return std::nullopt;
    process& p = *slot_of(who);
    const std::uint64_t w = p.inbox.word(std::memory_order_acquire);
    if (!exists(p, who, w))
        return std::nullopt;
    process_snapshot i = look_at(p, who, w);
    // Acquire: the word is read again after all that was read above.
    std::atomic_thread_fence(std::memory_order_acquire);
    if (!exists(p, who, p.inbox.word(std::memory_order_acquire)) || !runtime::running())
        return std::nullopt; // what we read may be a successor's
    return i;
}

const server_type* detail::class_of(pid who) noexcept {
    if (!who)
        return nullptr;
    const process& p = *slot_of(who);
    if (!exists(p, who, p.inbox.word(std::memory_order_acquire)))
        return nullptr;
    const server_type* const type = p.server;
    // Acquire: the word is read again after the type.
    std::atomic_thread_fence(std::memory_order_acquire);
    return exists(p, who, p.inbox.word(std::memory_order_acquire)) ? type : nullptr;
}

std::optional<process_snapshot> process_info(pid who) {
    if (who && who == this_process::self())
        return this_process::info();
    std::optional<process_snapshot> i = process_info_from_outside(who);
    if (!i || !is_alive(who) || is_between_processes())
        return i; // its mailbox is closed
    auto* asked = make_envelope<look_request>();
    struct share {
        look_request* r;
        ~share() { release(r); }
    } const ours{asked}; // a kill may take us out of the wait
    asked->owners.store(2, std::memory_order_relaxed);
    send_signal(who, signal_envelope::kind::look, {}, reinterpret_cast<std::uint64_t>(asked));
    bool died = false;
    if (await(asked, patience)) {
        died = asked->result == request::outcome::failed;
        i->parent = asked->seen.parent;
        i->late_requests = asked->seen.late_requests;
        if (!asked->seen.type.empty())
            i->type = asked->seen.type;
        i->links = std::move(asked->seen.links);
        i->monitors = std::move(asked->seen.monitors);
    }
    return died ? process_info_from_outside(who) : i;
}

std::vector<pid> processes() {
    std::vector<pid> all;
    process_table::for_each(
        [](process& p, void* out) {
            const std::uint64_t w = p.inbox.word(std::memory_order_acquire);
            if (mailbox_word::tag(w) != 0 && (w & mailbox_word::address_mask) != mailbox_word::dead)
                static_cast<std::vector<pid>*>(out)->push_back(pid_in(p, w));
        },
        &all);
    return all;
}

namespace this_process {

process_snapshot info() {
    process& p = require_process("info");
    take_mail(p); // who has ended is no link any more
    process_snapshot i = look_at(p, p.self(), p.inbox.word(std::memory_order_relaxed));
    if (i.status != process_status::exiting)
        i.status = process_status::running;
    look_inside(p, i);
    return i;
}

} // namespace this_process
} // namespace coppice
