// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "memory/cell_ptr.hpp"
#include "memory/small_map.hpp"
#include "process/cpu_usage.hpp"
#include "process/debug_state.hpp"
#include "process/link_table.hpp"
#include "process/process.hpp"
#include "timers/wait_timers.hpp"
#include <memory>
#include <vector>

// What most processes never need, and what hardly any does, made at first use. The owner's alone.
namespace coppice::detail {

/// When the links and monitors of a killed process are told, though it has not unwound yet.
struct late_notice final : timer_hook {
    process* who = nullptr;
};

/// A plain thread that waits until a process is gone, however it ends.
struct end_watch {
    exit_reason reason;
    std::atomic<bool> ended{false};

    /// By the process, last of all.
    void tell(const exit_reason& why) noexcept {
        reason = why;
        ended.store(true, std::memory_order_release);
        ended
            .notify_one(); // the address is only a key: the waiting thread may have gone on already
    }
    void wait() const noexcept { ended.wait(false, std::memory_order_acquire); }
};

/// What a server handles before its next message.
struct event_queues {
    mail_queue next;      // continues, inserted events, events that are retried: oldest first
    mail_queue inserted;  // by the event in hand: they go before `next`
    mail_queue postponed; // until the state changes: then they go before `next`
    bool empty() const noexcept { return next.empty() && inserted.empty() && postponed.empty(); }
};

struct rare_extras {
    std::vector<request*> held;       // answers that go out after terminate
    std::vector<request*> deferred;   // callers kept for later; one share of each is ours
    std::size_t swept = 0;            // how far `deferred` was looked through for answered ones
    request* just_deferred = nullptr; // by the handler that runs, or has just returned
    // Their `from` is gone, and the handler that runs was unwinding: a list by `next`, all in
    // `deferred`.
    request* dropped_unwinding = nullptr;
    cell_ptr<event_queues> events;
    std::vector<envelope*> parked; // mail of a suspended server, or behind a deadly signal

    // The idle timeout: one timer serves many timeouts, see server_process.cpp.
    time_limit::clock::time_point idle_deadline{};
    time_limit::clock::time_point idle_timer_due{};
    std::uint64_t idle_serial = 0;
    time_limit::clock::duration idle_after{};

    cpu_usage usage;
    bool priority_was_set = false; // by itself: the bucket does not decide

    std::string label;
    std::uint32_t swallowed_kills = 0;
    late_notice notice;
    end_watch* watched_by = nullptr;
    std::uint64_t late_requests = 0; // that were skipped
    mail_queue waiting_for_room;     // requests of the blocked senders of a bounded mailbox

    std::unique_ptr<debug_state> debug; // while after_flag::debugged
    system_part* part = nullptr;        // of a function process that answers sys; on its stack
    bool runs_system_code = false;      // a function of sys runs, or a debug function
};

struct watch_extras {
    small_map<std::uint64_t, pid> monitors; // ref -> the monitored process
    small_map<std::uint64_t, pid> watchers; // ref -> who watches us
};

/// What ties a process to others: a cell of one cache line, since most processes have a parent.
struct process_extras {
    link_table links;
    exit_reason pending_exit; // the reason of an exit that is pending
    exit_reason stop_reason;  // why, when the handler said stop()
    cell_ptr<watch_extras> watches;
    std::unique_ptr<rare_extras> rare;
    // Who wants to know how we ended: a list by `next`; the caller of a task is one. A stop is no
    // rare end, and needs nothing else.
    request* stoppers = nullptr;
};
static_assert(sizeof(process_extras) <= 64);

inline process_extras& extras_of(process& p) {
    if (!p.extras)
        p.extras = make_in_cell<process_extras>();
    return *p.extras;
}

/// The process ends with `reason` as soon as it comes to a cancellation point. Owner only.
inline void set_exit_pending(process& p, const exit_reason& reason) {
    p.exit.set_pending();
    extras_of(p).pending_exit = reason;
}

inline rare_extras& rare_of(process& p) {
    process_extras& x = extras_of(p);
    if (!x.rare)
        x.rare = std::make_unique<rare_extras>();
    return *x.rare;
}

inline event_queues& events_of(process& p) {
    rare_extras& x = rare_of(p);
    if (!x.events)
        x.events.reset(make_in_cell<event_queues>());
    return *x.events;
}

/// Does the process answer sys? Each server does.
inline bool answers_sys(const process& p) noexcept {
    return !p.raw || (p.extras && p.extras->rare && p.extras->rare->part);
}

inline watch_extras& watches_of(process& p) {
    process_extras& x = extras_of(p);
    if (!x.watches)
        x.watches.reset(make_in_cell<watch_extras>());
    return *x.watches;
}

/// Puts mail aside. Owner only.
inline void park(process& p, envelope* n) {
    auto& parked = rare_of(p).parked;
    parked.push_back(n);
    p.parked_mail = static_cast<std::uint32_t>(parked.size());
}
/// Gives back all that was put aside, oldest first. Owner only.
inline std::vector<envelope*> unpark(process& p) {
    p.parked_mail = 0;
    return std::exchange(rare_of(p).parked, {});
}

/// Null when there was no need for them yet.
inline watch_extras* watches_if_any(const process& p) noexcept {
    return p.extras ? p.extras->watches.get() : nullptr;
}
inline rare_extras* rare_if_any(const process& p) noexcept {
    return p.extras ? p.extras->rare.get() : nullptr;
}

/// Gives back the room of links, monitors and kept messages that are gone; without memory to move
/// the rest into, nothing happens. Owner only.
void shrink_extras(process& p) noexcept;

inline void forget_extras(process& p) noexcept {
    if (process_extras* x = std::exchange(p.extras, nullptr))
        dispose(x);
}

} // namespace coppice::detail
