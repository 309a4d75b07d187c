// SPDX-License-Identifier: BSL-1.0
#include "signals/mailbox_limit.hpp"
#include "log/report_events.hpp"
#include "process/envelope_tables.hpp"
#include "process/process_extras.hpp"
#include "scheduler/runtime_state.hpp"
#include "signals/reply.hpp"
#include "signals/signals.hpp"

namespace coppice::detail {
namespace {

/// A sender that waits for room. The oldest goes first.
struct room_request final : request {
    room_request() noexcept : request{operations} {
        destroy = [](request* r) noexcept { dispose(static_cast<room_request*>(r)); };
    }
    static void handle(envelope* n, void* receiver) {
        auto& p = *static_cast<process*>(receiver);
        rare_of(p).waiting_for_room.push_back(n);
        let_senders_in(p);
    }
    static void let_senders_in(process& p) {
        auto& waiting = rare_of(p).waiting_for_room;
        while (!waiting.empty() && p.mail_bound.has_room()) {
            auto* const r = static_cast<request*>(waiting.pop_front());
            r->result = request::outcome::value;
            deliver(r);
        }
    }
    static constexpr envelope_ops operations = system_request("room", &handle);
};

/// Room that was reserved comes back from outside: senders may be waiting for it. The receiver
/// counts it out, so that all room for which senders wait is made by one thread, see
/// find_call_cycle.
struct room_returned final : envelope {
    room_returned() noexcept : envelope{operations} {}
    static void handle(envelope* n, void* receiver) {
        drop(n);
        auto& p = *static_cast<process*>(receiver);
        p.mail_bound.count_out();
        if (rare_if_any(p))
            room_request::let_senders_in(p);
    }
    static void drop(envelope* n) noexcept { dispose(static_cast<room_returned*>(n)); }
    static constexpr envelope_ops operations = system_message("room", &handle, &drop);
};

/// With drop_oldest the owner throws out what is too much when it looks into its mailbox. While it
/// runs a handler, so many more may come; then the newest are dropped, lest memory runs out.
constexpr std::uint64_t room_for_the_unlooked = 65'536;

room try_reserve(pid to, envelope* n, std::uint64_t bound) noexcept {
    const room r = slot_of(to)->mail_bound.count_in(mailbox_word::tag(pid_access::word(to)), bound);
    if (r == room::reserved)
        n->counted = true;
    return r;
}

bool is_counted(const envelope& n) noexcept {
    return n.ops->what != envelope_ops::kind::system && !n.ops->is_internal;
}

} // namespace

room reserve_room(pid to, envelope* n) noexcept {
    const mailbox_bound& bound = slot_of(to)->mail_bound;
    if (!bound.exists() || !is_counted(*n))
        return room::reserved;
    const bool oldest_goes = bound.policy() == overflow_policy::drop_oldest;
    // Where the oldest goes, a newer message is never refused for want of room.
    if (exploration* const by = oldest_goes ? nullptr : current_exploration();
        by && by->mailbox_is_full(to))
        return room::none;
    return try_reserve(to, n, bound.limit() + (oldest_goes ? room_for_the_unlooked : 0));
}

void return_room(pid to) {
    process& p = *slot_of(to);
    if (p.mail_bound.policy() != overflow_policy::block) {
        p.mail_bound.count_out(mailbox_word::tag(pid_access::word(to)));
        return;
    }
    auto* n = make_envelope<room_returned>();
    unsigned depth = 0;
    switch (push(to, n, depth)) {
    case pushed::refused:
        return dispose(n);
    case pushed::claimed:
        return schedule(p);
    case pushed::queued:
        return make_take_mail(to);
    }
}

failure full_mailbox(pid to, const char* why) {
    return {.code = errc::mailbox_full,
            .reason = exit_reason{"mailbox_full"},
            .detail = "the mailbox of " + to.text() + " is full: " + why};
}

request* make_room_request() { return make_envelope<room_request>(); }

bool is_about_room(const envelope& n) noexcept {
    return n.ops == &room_request::operations || n.ops == &room_returned::operations;
}

bool has_room(pid to) noexcept {
    return slot_of(to)->mail_bound.has_room(mailbox_word::tag(pid_access::word(to)));
}

bool count_in(pid to, envelope* n) {
    const mailbox_bound& bound = slot_of(to)->mail_bound;
    if (!bound.exists() || !is_counted(*n))
        return true;
    const bool goes_in = bound.policy() == overflow_policy::block;
    const room r = goes_in ? try_reserve(to, n, mailbox_word::address_mask) : reserve_room(to, n);
    if (r == room::none)
        report_dropped(to, n->ops->name, bound.policy());
    return r != room::none;
}

bool count_in_within_bound(pid to, envelope* n) noexcept {
    const mailbox_bound& bound = slot_of(to)->mail_bound;
    return !bound.exists() || try_reserve(to, n, bound.limit()) != room::none;
}

void give_counted_room_back(process& p, envelope* n) {
    n->counted = false;
    p.mail_bound.count_out();
    if (p.mail_bound.policy() != overflow_policy::block)
        return;
    // A sender pushes its request, fences and looks at the count: it sees the room, or we see the
    // request. Model: `room`.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    take_mail(p);
    if (const rare_extras* x = rare_if_any(p); x && !x->waiting_for_room.empty())
        room_request::let_senders_in(p);
}

namespace {

/// The messages that `drop_excess` has taken out, oldest first.
class dropped_messages {
public:
    explicit dropped_messages(std::uint64_t wanted) noexcept : wanted_{wanted} {}
    bool enough() const noexcept { return wanted_ == 0; }
    void add(envelope* n) noexcept {
        --wanted_;
        all_.push_back(n);
    }
    envelope* next() noexcept { return all_.pop_front(); }

private:
    std::uint64_t wanted_;
    mail_queue all_;
};

/// A suspended server's parked mail is older than the rest.
void take_parked(process& p, dropped_messages& out) {
    rare_extras* const x = rare_if_any(p);
    if (!p.suspended || !x)
        return;
    std::erase_if(x->parked, [&](envelope* n) {
        const bool goes = n->counted && !out.enough();
        if (goes)
            out.add(n);
        return goes;
    });
    p.parked_mail = static_cast<std::uint32_t>(x->parked.size());
}

void take_waiting(process& p, dropped_messages& out, envelope** seen) {
    envelope* previous = nullptr;
    for (envelope* n = p.mail.front(); n && !out.enough();) {
        envelope* next = n->next;
        if (n->counted) {
            if (seen && *seen == n)
                *seen = previous;
            out.add(p.mail.remove_behind(previous));
        } else
            previous = n;
        n = next;
    }
}

} // namespace

void drop_excess(process& p, envelope** seen) {
    p.after &= ~after_flag::bounded_mail;
    if (p.mail_bound.policy() != overflow_policy::drop_oldest)
        return;
    // All are taken out before the first is destroyed: its destructor may wait, and new mail be
    // taken.
    // Room that is reserved counts: what it is for comes soon, and is newer than all that waits.
    dropped_messages out{p.mail_bound.excess()};
    if (out.enough())
        return;
    take_parked(p, out);
    take_waiting(p, out, seen);
    while (envelope* n = out.next()) {
        give_room_back(p, n);
        report_dropped(p.self(), n->ops->name, overflow_policy::drop_oldest);
        if (n->ops->is_request)
            answer_failed(static_cast<request*>(n),
                          full_mailbox(p.self(), "newer messages took this one's place"));
        else
            n->ops->drop(n);
    }
}

} // namespace coppice::detail
