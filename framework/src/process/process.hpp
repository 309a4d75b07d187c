// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "process/mail_queue.hpp"
#include "process/mailbox_word.hpp"
#include "process/send_throttle.hpp"
#include <boost/assert.hpp>
#include <coppice/detail/request.hpp>
#include <coppice/detail/server.hpp>

namespace coppice::detail {

struct fiber;
struct wait_op;
struct process_extras;

/// A plain field of its owner that other threads may read, too: what they see may be a moment old,
/// or that of the slot's next process.
template <class T>
class relaxed_atomic {
public:
    relaxed_atomic() noexcept = default;
    relaxed_atomic& operator=(T value) noexcept {
        value_.store(value, std::memory_order_relaxed);
        return *this;
    }
    operator T() const noexcept { return value_.load(std::memory_order_relaxed); }
    T operator->() const noexcept { return *this; }

private:
    std::atomic<T> value_{};
};

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
    // --- what a sender touches, and who schedules us ---
    std::atomic<std::uint64_t> word{0};
    std::atomic<std::uint64_t> credit{0}; // tag | messages waiting, only with a limit
    std::atomic<std::uint64_t> name{0};   // tag | address of the name's entry
    process* next = nullptr;              // run queue, or list of free slots
    fiber* bound = nullptr;               // that is suspended inside us; a raw process: for life
    relaxed_atomic<const raw_type*> raw;
    relaxed_atomic<const server_type*> server;
    std::atomic<std::uint32_t> bound_limit{0}; // mailbox limit; 0: none
    relaxed_atomic<overflow_policy> policy;
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
    bool destroying : 1 = false; // the runtime destroys its objects or mail: a wait throws no exit
    // How far its end has come, see process_exit.hpp.
    bool exited : 1 = false;           // logically: it has no name, and all its mail is refused
    bool closed : 1 = false;           // what waited in its mailbox has been refused
    bool notified : 1 = false;         // links and monitors have been told
    relaxed_atomic<bool> exit_pending; // a signal ends it; extras->pending_exit says why

    // --- what calls and waits touch ---
    alignas(64) request* current =
        nullptr;                      // the call that the boundary answers if the handler fails
    relaxed_atomic<wait_op*> blocked; // what the bound fiber waits for, inside a handler
    std::atomic<worker*> blocked_on{
        nullptr};                            // the thread that we may be blocked on, see begin_wait
    std::atomic<std::uint64_t> waits_for{0}; // the server we wait for in a call, a wait_edge
    std::atomic<std::uint32_t> waits{0};     // how often we began to wait: tells two waits apart
    send_throttle on_receivers;              // that had fallen behind when we sent to them
    relaxed_atomic<pid> parent;
    std::atomic<std::uint64_t> dropped{0}; // lost to a full mailbox

    pid self() const noexcept { return pid_access::make(id); }
    std::uint64_t tag() const noexcept { return mailbox_word::tag(id); }
};
static_assert(sizeof(process) == 192);

/// Things a handler may ask for, to be done when it has returned.
namespace after_flag {
inline constexpr std::uint32_t stop = 1, idle_timeout = 2, continues = 4, hibernate = 8,
                               idle_pending = 16, deferred = 32,
                               bounded_mail = 64; // set by the mailbox: see drop_excess
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
    const auto w = slot_of(p)->word.load(std::memory_order_acquire);
    return mailbox_word::tag(w ^ pid_access::word(p)) == 0 &&
           (w & mailbox_word::address_mask) != mailbox_word::dead;
}

// --- the inbox; the proof is in docs/architecture.md, "What there is" ---

enum class pushed : std::uint8_t {
    refused, // dead: the caller keeps its envelope
    queued,  // the owner will find it
    claimed, // the process was idle: the caller owns it now, and must schedule it
};

/// Appends to the taken mail, which holds no signals: they act when they are taken. Owner only.
inline void append(process& p, envelope* n) noexcept { p.mail.push_back(n); }

/// Delivers an envelope to one incarnation. Any thread. `depth` becomes the length of the untaken
/// mail.
///
/// Success on idle makes the caller the owner, so the plain append is safe. A signal goes into the
/// word all the same: what came first must be taken first. Otherwise the process is not touched any
/// more after the exchange.
inline pushed push(pid to, envelope* n, unsigned& depth) noexcept {
    const bool is_signal = n->ops->what == envelope_ops::kind::signal;
    process& p = *slot_of(to);
    const std::uint64_t tag = mailbox_word::tag(pid_access::word(to));
    std::uint64_t seen = p.word.load(std::memory_order_relaxed);
    for (;;) {
        const std::uint64_t x = seen ^ tag;
        if (mailbox_word::tag(x) != 0 || x == mailbox_word::dead) {
            // Who is refused must also see what was done before the death: the name is gone.
            std::atomic_thread_fence(std::memory_order_acquire);
            return pushed::refused;
        }
        if (x == mailbox_word::idle && !is_signal) {
            if (p.word.compare_exchange_weak(seen, tag | mailbox_word::empty,
                                             std::memory_order_acquire,
                                             std::memory_order_relaxed)) {
                append(p, n);
                return pushed::claimed;
            }
            continue;
        }
        const bool idle = x == mailbox_word::idle;
        const std::uint64_t d = idle ? 0 : x & mailbox_word::depth_mask;
        const std::uint64_t deeper = d < mailbox_word::depth_mask ? d + 1 : d;
        n->next = mailbox_word::list(x); // null behind idle
        if (p.word.compare_exchange_weak(seen, tag | reinterpret_cast<std::uint64_t>(n) | deeper,
                                         std::memory_order_acq_rel, std::memory_order_relaxed)) {
            depth = static_cast<unsigned>(deeper);
            return idle ? pushed::claimed : pushed::queued;
        }
    }
}

/// Takes everything out of the word, oldest first. Owner only. Null when nothing was there.
inline envelope* take_all(process& p) noexcept {
    if (!mailbox_word::is_list(p.word.load(std::memory_order_relaxed)))
        return nullptr;
    envelope* newest = mailbox_word::list(
        p.word.exchange(p.tag() | mailbox_word::empty, std::memory_order_acquire));
    envelope* oldest = nullptr;
    while (newest) {
        envelope* n = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = n;
    }
    return oldest;
}

/// Gives the process up; false when mail has come. After true the owner touches nothing of it.
inline bool go_idle(process& p) noexcept {
    std::uint64_t expected = p.tag() | mailbox_word::empty;
    return p.word.compare_exchange_strong(expected, p.tag() | mailbox_word::idle,
                                          std::memory_order_release, std::memory_order_relaxed);
}

/// Makes the caller the owner of an idle process; false when another thread was quicker.
inline bool claim_idle(pid who) noexcept {
    const std::uint64_t tag = mailbox_word::tag(pid_access::word(who));
    std::uint64_t expected = tag | mailbox_word::idle;
    auto& its = slot_of(who)->word;
    // An exchange writes even when it fails, and brings a page back that was given to the kernel.
    return its.load(std::memory_order_relaxed) == expected &&
           its.compare_exchange_strong(expected, tag | mailbox_word::empty,
                                       std::memory_order_acquire, std::memory_order_relaxed);
}

/// Takes the oldest message out of the taken mail. Owner only.
inline envelope* pop(process& p) noexcept { return p.mail.pop_front(); }

} // namespace coppice::detail
