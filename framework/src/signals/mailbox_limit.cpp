// SPDX-License-Identifier: BSL-1.0
#include "signals/mailbox_limit.hpp"
#include "log/report_events.hpp"
#include "process/process_extras.hpp"
#include "scheduler/runtime_state.hpp"
#include "signals/reply.hpp"
#include "signals/signals.hpp"
#include <coppice/this_process.hpp>

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
        while (!waiting.empty() && (p.credit.load(std::memory_order_relaxed) & mailbox_word::address_mask) <
                                       p.bound_limit.load(std::memory_order_relaxed)) {
            auto* const r = static_cast<request*>(waiting.pop_front());
            r->result = request::outcome::value;
            deliver(r);
        }
    }
    static constexpr envelope_ops operations{.what = envelope_ops::kind::system,
                                             .key = nullptr,
                                             .name = "room",
                                             .handle = &handle,
                                             .drop = nullptr,
                                             .payload = nullptr,
                                             .is_request = true};
};

/// Room that was reserved comes back from outside: senders may be waiting for it. The receiver counts it out, so that
/// all room for which senders wait is made by one thread, see find_call_cycle.
struct room_returned final : envelope {
    room_returned() noexcept : envelope{operations} {}
    static void handle(envelope* n, void* receiver) {
        drop(n);
        auto& p = *static_cast<process*>(receiver);
        p.credit.fetch_sub(1, std::memory_order_relaxed);
        if (rare_if_any(p))
            room_request::let_senders_in(p);
    }
    static void drop(envelope* n) noexcept { dispose(static_cast<room_returned*>(n)); }
    static constexpr envelope_ops operations{.what = envelope_ops::kind::system,
                                             .key = nullptr,
                                             .name = "room",
                                             .handle = &handle,
                                             .drop = &drop,
                                             .payload = nullptr};
};

enum class attempt : std::uint8_t { done, full, dead };

/// With drop_oldest the owner throws out what is too much when it looks into its mailbox. While it
/// runs a handler, so many more may come; then the newest are dropped, lest memory runs out.
constexpr std::uint64_t room_for_the_unlooked = 65'536;

attempt try_reserve(process& p, std::uint64_t tag, std::uint64_t bound) {
    std::uint64_t seen = p.credit.load(std::memory_order_relaxed);
    do {
        if (mailbox_word::tag(seen) != tag)
            return attempt::dead;
        if ((seen & mailbox_word::address_mask) >= bound)
            return attempt::full;
    } while (!p.credit.compare_exchange_weak(seen, seen + 1, std::memory_order_relaxed));
    return attempt::done;
}

bool is_counted(const envelope& n) noexcept {
    return n.ops->what != envelope_ops::kind::system && !n.ops->is_internal;
}

failure full_mailbox(pid to, const char* what) {
    return {.code = errc::mailbox_full,
            .reason = exit_reason{"mailbox_full"},
            .detail = "the mailbox of " + to.text() + " is full: " + what};
}

} // namespace

void set_mailbox_limit(process& p, mailbox_limit limit) {
    p.policy = limit.policy;
    p.credit.store(p.tag(), std::memory_order_relaxed);
    p.bound_limit.store(limit.messages, std::memory_order_relaxed);
}

std::optional<failure> reserved_room::reserve(envelope* n, time_limit limit) {
    process& p = *slot_of(to_);
    const std::uint32_t bound = p.bound_limit.load(std::memory_order_relaxed);
    if (bound == 0 || !is_counted(*n))
        return std::nullopt;
    const std::uint64_t tag = mailbox_word::tag(to_.word());
    const auto deadline = limit.deadline(clock_now());
    for (;;) {
        const bool oldest_goes = p.policy == overflow_policy::drop_oldest;
        switch (try_reserve(p, tag, bound + (oldest_goes ? room_for_the_unlooked : 0))) {
        case attempt::done:
            n->counted = reserved_ = true;
            return std::nullopt;
        case attempt::dead:
            return std::nullopt; // the push will say so
        case attempt::full:
            break;
        }
        switch (p.policy) {
        case overflow_policy::block:
            if (to_ == this_process::self())
                return full_mailbox(to_, "its own process cannot wait for room in it");
            // It is no ring when the receiver has made room since we looked.
            if (auto refused = wait_for_room(to_, make_envelope<room_request>(), deadline);
                refused && !(refused->code == errc::call_cycle && has_room(to_)))
                return refused;
            continue;
        case overflow_policy::reject:
            return full_mailbox(to_, "it refuses more");
        case overflow_policy::drop_newest:
        case overflow_policy::drop_oldest:
            report_dropped(to_, n->ops->name, overflow_policy::drop_newest);
            return full_mailbox(to_, "the message was dropped");
        }
    }
}

void reserved_room::give_back() {
    process& p = *slot_of(to_);
    if (p.policy != overflow_policy::block) {
        const std::uint64_t tag = mailbox_word::tag(to_.word());
        std::uint64_t seen = p.credit.load(std::memory_order_relaxed);
        do {
            if (mailbox_word::tag(seen) != tag)
                return; // the count belongs to a later process
        } while (!p.credit.compare_exchange_weak(seen, seen - 1, std::memory_order_relaxed));
        return;
    }
    auto* n = make_envelope<room_returned>();
    unsigned depth = 0;
    switch (push(to_, n, depth)) {
    case pushed::refused:
        return dispose(n);
    case pushed::claimed:
        return schedule(p);
    case pushed::queued:
        return make_take_mail(to_);
    }
}

bool is_about_room(const envelope& n) noexcept {
    return n.ops == &room_request::operations || n.ops == &room_returned::operations;
}

bool has_room(pid to) noexcept {
    const process& p = *slot_of(to);
    const std::uint64_t seen = p.credit.load(std::memory_order_relaxed);
    return mailbox_word::tag(seen) == mailbox_word::tag(to.word()) &&
           (seen & mailbox_word::address_mask) < p.bound_limit.load(std::memory_order_relaxed);
}

bool count_in(pid to, envelope* n) {
    process& p = *slot_of(to);
    const std::uint32_t bound = p.bound_limit.load(std::memory_order_relaxed);
    if (bound == 0 || !is_counted(*n))
        return true;
    // A timer cannot wait, so with `block` its messages come in beyond the bound.
    const std::uint64_t most = p.policy == overflow_policy::block ? mailbox_word::address_mask
                               : p.policy == overflow_policy::drop_oldest
                                   ? bound + room_for_the_unlooked
                                   : bound;
    const attempt a = try_reserve(p, mailbox_word::tag(to.word()), most);
    n->counted = a == attempt::done;
    if (a == attempt::full)
        report_dropped(to, n->ops->name, p.policy);
    return a != attempt::full;
}

bool count_in_within_bound(pid to, envelope* n) noexcept {
    process& p = *slot_of(to);
    const std::uint32_t bound = p.bound_limit.load(std::memory_order_relaxed);
    if (bound == 0)
        return true;
    const attempt a = try_reserve(p, mailbox_word::tag(to.word()), bound);
    n->counted = a == attempt::done;
    return a != attempt::full;
}

void give_counted_room_back(process& p, envelope* n) {
    n->counted = false;
    p.credit.fetch_sub(1, std::memory_order_relaxed);
    if (p.policy != overflow_policy::block)
        return;
    // A sender pushes its request, fences and looks at the count: it sees the room, or we see the request.
    // Model: `room`.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    take_mail(p);
    if (const rare_extras* x = rare_if_any(p); x && !x->waiting_for_room.empty())
        room_request::let_senders_in(p);
}

namespace {

/// How many messages there are too much. Room that is reserved counts: what it is for comes soon, and is
/// newer than all that waits.
std::uint64_t excess_of(const process& p) noexcept {
    const std::uint64_t count =
        p.credit.load(std::memory_order_relaxed) & mailbox_word::address_mask;
    const std::uint32_t bound = p.bound_limit.load(std::memory_order_relaxed);
    return count > bound ? count - bound : 0;
}

/// The messages that `drop_excess` has taken out, oldest first.
class victims {
public:
    explicit victims(std::uint64_t wanted) noexcept : wanted_{wanted} {}
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
void take_parked(process& p, victims& out) {
    rare_extras* const x = rare_if_any(p);
    if (!p.suspended || !x)
        return;
    std::erase_if(x->parked, [&](envelope* n) {
        const bool goes = n->counted && !out.enough();
        if (goes)
            out.add(n);
        return goes;
    });
}

void take_waiting(process& p, victims& out, envelope** seen) {
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
    if (p.policy != overflow_policy::drop_oldest)
        return;
    // All are taken out before the first is destroyed: its destructor may wait, and new mail be taken.
    victims out{excess_of(p)};
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
