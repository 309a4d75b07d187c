// SPDX-License-Identifier: BSL-1.0
#include "messaging/send.hpp"
#include "log/report_events.hpp"
#include "messaging/call.hpp"
#include "messaging/reserved_room.hpp"
#include "process/envelope_tables.hpp"
#include "scheduler/runtime_state.hpp"
#include "signals/mailbox_limit.hpp"
#include "signals/signals.hpp"
#include "signals/suspension.hpp"

namespace coppice::detail {
namespace {

/// Drops the message unless it is given away.
struct message_owner {
    envelope* n;
    ~message_owner() {
        if (n)
            n->ops->drop(n);
    }
};

// --- backpressure, see send_throttle.hpp ---

constexpr auto longest_wait = std::chrono::milliseconds{1};

/// A marker behind all that was sent before: the receiver sends it back when it comes to it.
struct flow_control_marker final : request {
    flow_control_marker() noexcept : request{operations} {
        destroy = [](request* r) noexcept { dispose(static_cast<flow_control_marker*>(r)); };
    }
    static void handle(envelope* n, void*) { deliver(static_cast<request*>(n)); }
    static constexpr envelope_ops operations = system_request("flow control", &handle);
};

/// Waits until the receiver has come to what was sent so far. False: the time was up.
///
/// It is no call: `waits_for` stays empty. A receiver that calls the sender meanwhile closes no
/// cycle, since the sender waits for a short time only.
bool wait_for_receiver(worker& w, process& me, pid to) {
    request_owner owner{make_envelope<flow_control_marker>()};
    owner.r->caller = me.self();
    owner.r->server = to;
    call_wait op{w, owner.r};
    begin_wait(w, me, op);
    bool sent = false;
    if (op.result == wait_op::outcome::waiting) {
        w.arm(op, longest_wait);
        unsigned depth = 0;
        const pushed done = push(to, owner.r, depth);
        sent = done != pushed::refused;
        if (done == pushed::claimed)
            schedule(*slot_of(to));
    }
    if (!sent) {
        forget_wait(me, op);
        return true;
    }
    finish_wait(w, me, op);
    if (op.result != wait_op::outcome::woken)
        owner.r = nullptr; // it is freed when it arrives
    return op.result != wait_op::outcome::timed_out;
}

/// The receiver has many messages, is not blocked, and has no low priority: to wait for it may
/// help. What this reads may be a moment old.
bool is_working_off_messages(pid to) {
    const process& p = *slot_of(to);
    const std::uint64_t x =
        p.inbox.word(std::memory_order_relaxed) ^ mailbox_word::tag(pid_access::word(to));
    return mailbox_word::tag(x) == 0 && mailbox_word::is_list(x) &&
           (x & mailbox_word::depth_mask) == mailbox_word::depth_mask && !p.wait.is_blocked() &&
           !p.low_priority;
}

/// `to` has as much mail as can be counted. The sender may wait, but a send is no cancellation
/// point.
[[gnu::noinline]] void after_sending_much(process& me, pid to) {
    if (deep_push_watchers.load(std::memory_order_relaxed) != 0) [[unlikely]]
        note_deep_push(to);
    const auto advice = me.on_receivers.sent_one();
    if (advice == send_throttle::advice::go_on || me.exit.is_pending() ||
        std::uncaught_exceptions() > 0)
        return;
    worker& w = *this_worker;
    w.yield();
    if (advice == send_throttle::advice::wait && !w.sim && to != me.self() &&
        is_working_off_messages(to) && !wait_for_receiver(w, me, to))
        me.on_receivers.waited_in_vain();
}

// --- the slow path ---

/// The receiver lives, but its mailbox was full. Policies that drop have said so themselves.
void report_no_room(pid to, std::string_view type) {
    const overflow_policy policy = slot_of(to)->mail_bound.policy();
    if (policy == overflow_policy::block || policy == overflow_policy::reject)
        report_dropped(to, type, policy);
}

/// With all that may stand in the way. The sender is told nothing, so the log is.
[[gnu::noinline]] void post_slow(pid to, envelope* n) {
    const std::string_view type = n->ops->name;
    const auto f = try_post(to, n);
    if (!f)
        return;
    if (f->code == errc::noproc || f->code == errc::exited || f->code == errc::not_running)
        report_undelivered(to, type, f->code);
    else
        report_no_room(to, type);
}

[[gnu::noinline]] void drop_undelivered(pid to, envelope* n) {
    report_undelivered(to, n->ops->name, errc::noproc);
    n->ops->drop(n);
}

/// There is room for it, or there need be none.
inline void post_counted(pid to, envelope* n) {
    unsigned depth = 0;
    switch (push(to, n, depth)) {
    case pushed::refused:
        return n->ops->drop(n);
    case pushed::claimed:
        return schedule(*slot_of(to));
    case pushed::queued:
        if (depth == mailbox_word::depth_mask) [[unlikely]]
            note_deep_push(to);
        return;
    }
}

} // namespace

void post(pid to, envelope* n) {
    process* const me = current_process();
    if (!me || !to || slot_of(to)->mail_bound.exists())
        return post_slow(to, n);
    // Nearly always so: no sender waits for room.
    unsigned depth = 0;
    switch (push(to, n, depth)) {
    case pushed::queued:
        if (depth == mailbox_word::depth_mask)
            after_sending_much(*me, to);
        return;
    case pushed::claimed:
        return schedule(*slot_of(to));
    case pushed::refused:
        return drop_undelivered(to, n);
    }
}

void post_from_timer(pid to, envelope* n) {
    if (!count_in(to, n))
        return n->ops->drop(n);
    post_counted(to, n);
}

bool post_if_room(pid to, envelope* n) {
    if (slot_of(to)->mail_bound.policy() != overflow_policy::block) {
        post_from_timer(to, n);
        return true;
    }
    if (!count_in_within_bound(to, n))
        return false;
    post_counted(to, n);
    return true;
}

std::optional<failure> try_post(pid to, envelope* n, time_limit timeout) {
    if (!to || !the_runtime.load(std::memory_order_acquire)) {
        n->ops->drop(n);
        return no_process(to);
    }
    process* me = current_process();
    message_owner owner{n}; // an exit may be thrown while we wait for room
    reserved_room room{to};
    if (auto full = room.reserve(n, timeout))
        return full;
    unsigned depth = 0;
    const pushed done = push(to, n, depth);
    if (done != pushed::refused) {
        owner.n = nullptr;
        room.delivered();
    }
    switch (done) {
    case pushed::refused:
        return no_process(to);
    case pushed::claimed:
        schedule(*slot_of(to));
        break;
    case pushed::queued:
        if (depth == mailbox_word::depth_mask)
            me ? after_sending_much(*me, to) : note_deep_push(to);
        break;
    }
    return std::nullopt;
}

} // namespace coppice::detail
