// SPDX-License-Identifier: BSL-1.0
#include <coppice/detail/answer_queue.hpp>

#include "signals/reply.hpp"
#include "support/spin_pause.hpp"

namespace coppice::detail {
namespace {

constexpr std::uintptr_t bell_tag = 1; // cells are aligned to more

/// A request that the first answer answers.
struct bell final : request {
    bell() noexcept : request{operations} {
        destroy = [](request* r) noexcept { dispose(static_cast<bell*>(r)); };
        owners.store(2, std::memory_order_relaxed); // no other thread knows it yet
    }
    static constexpr envelope_ops operations{.what = envelope_ops::kind::runtime,
                                             .key = nullptr,
                                             .name = "bell",
                                             .handle = nullptr,
                                             .drop = nullptr,
                                             .payload = nullptr,
                                             .is_request = true};
};

std::uintptr_t word_of(const bell* b) noexcept {
    return reinterpret_cast<std::uintptr_t>(b) | bell_tag;
}

} // namespace

/// On the thread that answers. Once the exchange has put the entry into the list, the owner may
/// take it and go away with the queue: neither is touched after that. The bell is ours by the
/// exchange.
void answer_queue::arrived(waiter& w) {
    auto& e = static_cast<entry&>(w);
    std::atomic<std::uintptr_t>& head = e.queue->head_;
    std::uintptr_t seen = head.load(std::memory_order_acquire);
    bool is_bell = false;
    do {
        is_bell = (seen & bell_tag) != 0;
        e.next = is_bell ? nullptr : reinterpret_cast<entry*>(seen);
        // Release: who takes the entry sees `next`, and the answer. Acquire: we ring the bell.
    } while (!head.compare_exchange_weak(seen, reinterpret_cast<std::uintptr_t>(&e),
                                         std::memory_order_acq_rel, std::memory_order_acquire));
    if (!is_bell)
        return;
    auto* const b = reinterpret_cast<bell*>(seen & ~bell_tag);
    b->result = request::outcome::value;
    deliver(b);
}

void answer_queue::add(entry& e) {
    e.queue = this;
    e.wake = &arrived;
    if (enlist(e.asked, e))
        return;
    e.next = nullptr; // it is there already
    (last_ ? last_->next : first_) = &e;
    last_ = &e;
}

/// Appends what has come, oldest first. No bell is there: only we put one.
void answer_queue::take() noexcept {
    // Acquire: we read what those who answered have written.
    auto* newest = reinterpret_cast<entry*>(head_.exchange(0, std::memory_order_acquire));
    if (!newest)
        return;
    entry* const last = newest;
    entry* oldest = nullptr;
    while (newest) {
        entry* const older = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = older;
    }
    (last_ ? last_->next : first_) = oldest;
    last_ = last;
}

answer_queue::entry* answer_queue::pop() noexcept {
    entry* const e = first_;
    if (!e)
        return nullptr;
    first_ = e->next;
    if (!first_)
        last_ = nullptr;
    return e;
}

answer_queue::entry* answer_queue::next(time_limit timeout) {
    if (!first_)
        take();
    if (entry* const e = pop())
        return e;
    struct hung_bell {
        std::atomic<std::uintptr_t>& head;
        bell* mine = make_envelope<bell>();
        // Also when an exit leaves the wait.
        ~hung_bell() {
            // If it is taken down, no thread rings it, and its share is ours. Relaxed: it carries
            // nothing.
            std::uintptr_t expected = word_of(mine);
            if (head.compare_exchange_strong(expected, 0, std::memory_order_relaxed))
                release(mine);
            release(mine);
        }
    };
    {
        const hung_bell b{head_};
        std::uintptr_t nothing = 0;
        // Release: who rings it sees it whole. Where something has come the destructor finds no
        // bell to take down, so the share of the ringer goes here.
        if (head_.compare_exchange_strong(nothing, word_of(b.mine), std::memory_order_release,
                                          std::memory_order_relaxed))
            (void)await(b.mine, timeout);
        else
            release(b.mine);
    }
    take();
    return pop();
}

void answer_queue::remove(entry& e) noexcept {
    if (withdraw(e.asked))
        return;
    // It has come, or its thread is a few instructions from that.
    for (;;) {
        take();
        entry* before = nullptr;
        for (entry* at = first_; at; before = std::exchange(at, at->next)) {
            if (at != &e)
                continue;
            (before ? before->next : first_) = e.next;
            if (last_ == &e)
                last_ = before;
            return;
        }
        spin_pause();
    }
}

} // namespace coppice::detail
