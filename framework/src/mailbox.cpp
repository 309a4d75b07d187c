// SPDX-License-Identifier: BSL-1.0
#include "mailbox.hpp"
#include "calls.hpp"
#include "extras.hpp"
#include "report_events.hpp"
#include "runtime_state.hpp"

namespace coppice::detail {
namespace {

/// A sender that waits for room. It stands in the queue behind the messages that must go first.
struct room_request final : request {
    room_request() noexcept : request{operations} {
        destroy = [](request* r) noexcept { dispose(static_cast<room_request*>(r)); };
    }
    static void handle(node* n, void* receiver) {
        auto& p = *static_cast<process*>(receiver);
        rare_of(p).waiting_for_room.push_back(static_cast<request*>(n));
        let_senders_in(p);
    }
    static void let_senders_in(process& p) {
        auto& waiting = rare_of(p).waiting_for_room;
        while (!waiting.empty() && (p.credit.load(std::memory_order_relaxed) & word::address_mask) <
                                       p.bound_limit.load(std::memory_order_relaxed)) {
            request* r = waiting.front();
            waiting.erase(waiting.begin());
            r->result = request::outcome::value;
            deliver(r);
        }
    }
    static constexpr node_ops operations{.what = node_ops::kind::system,
                                         .key = nullptr,
                                         .name = "room",
                                         .handle = &handle,
                                         .drop = nullptr,
                                         .payload = nullptr,
                                         .is_request = true};
};

enum class attempt : std::uint8_t { done, full, dead };

/// With drop_oldest the owner throws out what is too much when it looks into its mailbox. While it
/// runs a handler, so many more may come; then the newest are dropped, lest memory runs out.
constexpr std::uint64_t room_for_the_unlooked = 65'536;

attempt try_reserve(process& p, std::uint64_t tag, std::uint64_t bound) {
    std::uint64_t seen = p.credit.load(std::memory_order_relaxed);
    do {
        if (word::tag(seen) != tag)
            return attempt::dead;
        if ((seen & word::address_mask) >= bound)
            return attempt::full;
    } while (!p.credit.compare_exchange_weak(seen, seen + 1, std::memory_order_relaxed));
    return attempt::done;
}

failure full_mailbox(pid to, const char* what) {
    return {.code = errc::mailbox_full,
            .reason = exit_reason{"mailbox_full"},
            .detail = "the mailbox of " + to.text() + " is full: " + what};
}

std::optional<failure> wait_for_room(pid to, time_limit limit) {
    auto* r = make_node<room_request>();
    if (!call_and_wait(to, r, limit))
        return failure{.code = errc::timeout,
                       .reason = exit_reason::timeout,
                       .detail = "the mailbox of " + to.text() + " stayed full"};
    std::optional<failure> refused;
    if (r->result == request::outcome::failed)
        refused = *r->why;
    release(r);
    return refused;
}

} // namespace

void set_mailbox_limit(process& p, mailbox_limit limit) {
    p.policy = limit.policy;
    p.credit.store(p.tag(), std::memory_order_relaxed);
    p.bound_limit.store(limit.messages, std::memory_order_relaxed);
}

std::optional<failure> reserve_room(pid to, node* n, time_limit limit) {
    process& p = *slot_of(to);
    const std::uint32_t bound = p.bound_limit.load(std::memory_order_relaxed);
    if (bound == 0 || n->ops->what == node_ops::kind::system)
        return std::nullopt;
    const std::uint64_t tag = word::tag(to.word());
    const auto deadline = limit.deadline(clock_now());
    for (;;) {
        const bool oldest_goes = p.policy == overflow_policy::drop_oldest;
        switch (try_reserve(p, tag, bound + (oldest_goes ? room_for_the_unlooked : 0))) {
        case attempt::done:
            n->counted = true;
            return std::nullopt;
        case attempt::dead:
            return std::nullopt; // the push will say so
        case attempt::full:
            break;
        }
        switch (p.policy) {
        case overflow_policy::block:
            if (auto refused = wait_for_room(to, deadline))
                return refused;
            continue;
        case overflow_policy::reject:
            return full_mailbox(to, "it refuses more");
        case overflow_policy::drop_newest:
        case overflow_policy::drop_oldest:
            report_dropped(to, *n, overflow_policy::drop_newest);
            return full_mailbox(to, "the message was dropped");
        }
    }
}

bool count_in(pid to, node* n) {
    process& p = *slot_of(to);
    const std::uint32_t bound = p.bound_limit.load(std::memory_order_relaxed);
    if (bound == 0)
        return true;
    // A timer cannot wait, so with `block` its messages come in beyond the bound.
    const std::uint64_t most = p.policy == overflow_policy::block ? word::address_mask
                               : p.policy == overflow_policy::drop_oldest
                                   ? bound + room_for_the_unlooked
                                   : bound;
    const attempt a = try_reserve(p, word::tag(to.word()), most);
    n->counted = a == attempt::done;
    if (a == attempt::full)
        report_dropped(to, *n, p.policy);
    return a != attempt::full;
}

void give_counted_room_back(process& p, node* n) {
    n->counted = false;
    p.credit.fetch_sub(1, std::memory_order_relaxed);
    if (const rare_extras* x = rare_if_any(p); x && !x->waiting_for_room.empty())
        room_request::let_senders_in(p);
}

void drop_excess(process& p) {
    if (p.policy != overflow_policy::drop_oldest)
        return;
    const std::uint32_t bound = p.bound_limit.load(std::memory_order_relaxed);
    std::size_t counted = 0;
    for (node* n = p.head; n; n = n->next)
        counted += n->counted ? 1 : 0;
    node** link = &p.head;
    node* last = nullptr;
    while (node* n = *link) {
        if (counted <= bound || !n->counted) {
            last = n;
            link = &n->next;
            continue;
        }
        *link = n->next;
        p.queued.store(p.queued.load(std::memory_order_relaxed) - 1, std::memory_order_relaxed);
        --counted;
        give_room_back(p, n);
        report_dropped(p.self(), *n, overflow_policy::drop_oldest);
        if (n->ops->is_request)
            answer_failed(static_cast<request*>(n),
                          full_mailbox(p.self(), "newer messages took this one's place"));
        else
            n->ops->drop(n);
    }
    p.tail = last;
}

} // namespace coppice::detail
