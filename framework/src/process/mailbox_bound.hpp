// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "process/mailbox_word.hpp"
#include "process/relaxed_atomic.hpp"
#include <coppice/process.hpp>

namespace coppice::detail {

/// What came of a look for room.
enum class room : std::uint8_t { reserved, none, receiver_is_dead };

/// The bound of a mailbox, and the count of what counts against it.
///
/// Invariant: the count stands under the tag of one incarnation, so that a late sender cannot count
/// against the next process. Without a bound nothing is counted.
///
/// Context: any thread. The count orders nothing: a message is published by its push.
class mailbox_bound {
public:
    /// Before a process runs: its bound, and no message yet.
    void set(std::uint64_t tag, mailbox_limit limit) noexcept {
        policy_ = limit.policy;
        count_.store(tag, std::memory_order_relaxed);
        limit_.store(limit.messages, std::memory_order_relaxed);
    }

    /// How many messages may wait; 0: any number.
    std::uint32_t limit() const noexcept { return limit_.load(std::memory_order_relaxed); }
    bool exists() const noexcept { return limit() != 0; }
    overflow_policy policy() const noexcept { return policy_; }

    /// As it was a moment ago.
    bool has_room() const noexcept { return count() < limit(); }
    bool has_room(std::uint64_t tag) const noexcept {
        const std::uint64_t seen = count_.load(std::memory_order_relaxed);
        return mailbox_word::tag(seen) == tag && (seen & mailbox_word::address_mask) < limit();
    }
    /// How many messages there are too much.
    std::uint64_t excess() const noexcept {
        const std::uint64_t n = count();
        const std::uint32_t most = limit();
        return n > most ? n - most : 0;
    }

    /// Counts one message in, if fewer than `most` are.
    ///
    /// Release: who finds the mailbox full by it also finds that its sender waits no longer, see
    /// find_call_cycle.
    room count_in(std::uint64_t tag, std::uint64_t most) noexcept {
        std::uint64_t seen = count_.load(std::memory_order_relaxed);
        do {
            if (mailbox_word::tag(seen) != tag)
                return room::receiver_is_dead;
            if ((seen & mailbox_word::address_mask) >= most)
                return room::none;
        } while (!count_.compare_exchange_weak(seen, seen + 1, std::memory_order_release,
                                               std::memory_order_relaxed));
        return room::reserved;
    }
    /// Counts one out. By the owner, whose incarnation the count is of.
    void count_out() noexcept { count_.fetch_sub(1, std::memory_order_relaxed); }
    /// The same from outside: nothing when the count belongs to a later process.
    void count_out(std::uint64_t tag) noexcept {
        std::uint64_t seen = count_.load(std::memory_order_relaxed);
        do {
            if (mailbox_word::tag(seen) != tag)
                return;
        } while (!count_.compare_exchange_weak(seen, seen - 1, std::memory_order_relaxed));
    }

private:
    std::uint64_t count() const noexcept {
        return count_.load(std::memory_order_relaxed) & mailbox_word::address_mask;
    }

    std::atomic<std::uint64_t> count_{0}; // tag | messages
    std::atomic<std::uint32_t> limit_{0};
    relaxed_atomic<overflow_policy> policy_;
};

} // namespace coppice::detail
