// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "process/exit_progress.hpp"
#include "process/inbox.hpp"
#include "process/mail_queue.hpp"
#include "process/mailbox_bound.hpp"
#include "process/send_throttle.hpp"
#include "process/wait_state.hpp"
#include <boost/assert.hpp>
#include <coppice/detail/request.hpp>
#include <coppice/detail/server.hpp>

namespace coppice::detail {

struct fiber;
struct process_extras;

/// Where a function may begin, which stays on its thread for life.
enum class placement : std::uint8_t {
    in_balance, ///< on a normal thread, if that has not many more of them than another
    on_a_normal_thread,
    anywhere,
};

/// A process: a slot that never moves and is never unmapped, so that any thread may always look at
/// its word. Everything but the atomics belongs to the owner: the thread that moved the word from
/// idle to empty, until it moves it back.
///
/// Three cache lines. Senders of other threads write the first while the owner works in the second.
struct alignas(64) process {
    // --- what a sender touches, and what schedules us ---
    detail::inbox inbox;
    std::atomic<std::uint64_t> name{0}; // tag | address of the name's entry
    process* next = nullptr;            // run queue, or list of free slots
    fiber* bound = nullptr;             // that is suspended inside us; a function process: for life
    relaxed_atomic<const raw_type*> raw;
    relaxed_atomic<const server_type*> server;
    [[no_unique_address]] mailbox_bound mail_bound; // the three below lie in its padding
    std::atomic<bool> traps{false};
    relaxed_atomic<bool> low_priority; // runs on the low-priority threads
    placement placed = placement::in_balance;

    // --- what each message touches ---
    alignas(64) mail_queue mail; // taken mail
    void* state = nullptr;       // the server object, or the callable of a raw process
    std::atomic<const envelope_ops*> handling{nullptr};
    relaxed_atomic<std::uint64_t> id;   // our pid
    process_extras* extras = nullptr;   // links, monitors, ...: what most processes never need
    std::uint32_t after = 0;            // what the handler asked for, see after_flag
    std::atomic<bool> signalled{false}; // a signal may lie in the word
    bool running : 1 = false;           // inside user code
    bool suspended : 1 = false;         // sys:suspend
    bool obeys_parent : 1 = false;      // started with a link: when the parent ends, so do we
    exit_progress exit;                 // how far its end has come

    // --- what calls and waits touch ---
    alignas(64) request* current = nullptr; // the boundary answers it if the handler fails
    [[no_unique_address]] wait_state wait;  // the throttle lies in its padding
    send_throttle on_receivers;             // that had fallen behind when we sent to them
    relaxed_atomic<pid> parent;
    std::atomic<std::uint64_t> dropped{0}; // lost to a full mailbox
    std::atomic<std::uint32_t> deep{0};    // pushes that the word cannot count: see note_deep_push
    relaxed_atomic<std::uint32_t> parked_mail; // how much a suspended server has put aside

    pid self() const noexcept { return pid_access::make(id); }
    std::uint64_t tag() const noexcept { return mailbox_word::tag(id); }
};
static_assert(sizeof(process) == 192);

/// Things a handler may ask for, to be done when it has returned, and what else is to be looked at
/// between two messages.
namespace after_flag {
inline constexpr std::uint32_t stop = 1, idle_timeout = 2, continues = 4, hibernate = 8,
                               idle_pending = 16, deferred = 32,
                               bounded_mail = 64, // set by the mailbox: see drop_excess
    debugged = 128,   // by sys: each event is told, see signals/debugging.hpp
    skips_late = 256; // what its caller has given up is not handled
}

/// The pid of a process whose word was read.
inline pid pid_in(const process& p, std::uint64_t word) noexcept {
    return pid_access::make(mailbox_word::tag(word) | reinterpret_cast<std::uint64_t>(&p));
}

inline process* slot_of(pid p) noexcept {
    return reinterpret_cast<process*>(pid_access::word(p) & mailbox_word::address_mask);
}

/// Is this incarnation alive?
inline bool is_alive(pid p) noexcept {
    if (!p)
        return false;
    const auto w = slot_of(p)->inbox.word(std::memory_order_acquire);
    return mailbox_word::tag(w ^ pid_access::word(p)) == 0 &&
           (w & mailbox_word::address_mask) != mailbox_word::dead;
}

// --- the mailbox: the inbox and the taken mail ---

/// Appends to the taken mail, which holds no signals: they act when they are taken. Owner only.
inline void append(process& p, envelope* n) noexcept { p.mail.push_back(n); }

/// How many want to know how long inboxes are: see detail/observation.hpp.
extern constinit std::atomic<int> deep_push_watchers;

/// The word counts to 63; a push that found the receiver so deep was not counted, or was the 63rd.
/// The sender counts it behind its push, if there is a watcher, so one whose mail was taken
/// meanwhile counts it too late, and too much. That is seen only while the word is full again, is
/// at most one for each thread that sends, and is gone when the mail is taken the next time.
///
/// Context: any thread.
void note_deep_push(pid to) noexcept;

/// Delivers an envelope to one incarnation, see inbox::push. Any thread. Who delivers a message
/// says so (note_deep_push) where `depth` has become as much as can be counted.
inline pushed push(pid to, envelope* n, unsigned& depth) noexcept {
    process& p = *slot_of(to);
    return p.inbox.push(mailbox_word::tag(pid_access::word(to)), n, depth, p.mail);
}

/// Takes everything out of the inbox, oldest first. Owner only. Null when nothing was there.
inline envelope* take_all(process& p) noexcept {
    unsigned depth = 0;
    envelope* const all = p.inbox.take_all(p.tag(), depth);
    if (depth == mailbox_word::depth_mask) [[unlikely]]
        p.deep.store(0, std::memory_order_relaxed);
    return all;
}

/// How much mail waits, with what lies in `word`, what was taken, and what was put aside. Any
/// thread, a moment old.
inline std::size_t messages_waiting(const process& p, std::uint64_t word) noexcept {
    std::size_t untaken = mailbox_word::is_list(word) ? word & mailbox_word::depth_mask : 0;
    if (untaken == mailbox_word::depth_mask)
        if (const std::size_t deep = p.deep.load(std::memory_order_relaxed))
            untaken += deep - 1;
    return p.mail.size() + p.parked_mail + untaken;
}

/// Gives the process up; false when mail has come. After true the owner touches nothing of it.
inline bool go_idle(process& p) noexcept { return p.inbox.go_idle(p.tag()); }

/// Makes the caller the owner of an idle process; false when another thread was quicker.
inline bool claim_idle(pid who) noexcept {
    return slot_of(who)->inbox.claim_idle(mailbox_word::tag(pid_access::word(who)));
}

/// Takes the oldest message out of the taken mail. Owner only.
inline envelope* pop(process& p) noexcept { return p.mail.pop_front(); }

} // namespace coppice::detail
