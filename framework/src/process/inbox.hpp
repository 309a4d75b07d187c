// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "process/mail_queue.hpp"
#include "process/mailbox_word.hpp"
#include <atomic>

namespace coppice::detail {

enum class pushed : std::uint8_t {
    refused, // the process has exited: the caller keeps its envelope
    queued,  // the owner will find it
    claimed, // the process was idle: the caller owns it now, and must schedule it
};

/// The word that other threads push envelopes into, and that says who owns the process.
///
/// Invariants: under one tag the word is `empty` or a list while a thread owns the process, `idle`
/// while none does, and `dead` at last. Only the owner takes the list out and goes idle; a push
/// onto an idle word makes the pushing thread the owner. The proof is in docs/architecture.md, the
/// models are `inbox` and `park`.
///
/// Context: any thread where nothing else is said.
class inbox {
public:
    std::uint64_t word(std::memory_order order) const noexcept { return word_.load(order); }
    bool has_mail() const noexcept {
        return mailbox_word::is_list(word_.load(std::memory_order_relaxed));
    }

    /// Delivers an envelope to the incarnation with that tag. `depth` becomes the length of the
    /// untaken mail.
    ///
    /// Success on idle makes the caller the owner, so its plain append to the taken mail is safe. A
    /// signal goes into the word all the same: what came first must be taken first. Otherwise the
    /// process is not touched any more after the exchange.
    pushed push(std::uint64_t tag, envelope* n, unsigned& depth, mail_queue& taken) noexcept {
        const bool is_signal = n->ops->what == envelope_ops::kind::signal;
        std::uint64_t seen = word_.load(std::memory_order_relaxed);
        for (;;) {
            const std::uint64_t x = seen ^ tag;
            if (mailbox_word::tag(x) != 0 || x == mailbox_word::dead) {
                // A sender that is refused must also see what was done before: the name is gone.
                std::atomic_thread_fence(std::memory_order_acquire);
                return pushed::refused;
            }
            if (x == mailbox_word::idle && !is_signal) {
                if (word_.compare_exchange_weak(seen, tag | mailbox_word::empty,
                                                std::memory_order_acquire,
                                                std::memory_order_relaxed)) {
                    taken.push_back(n);
                    return pushed::claimed;
                }
                continue;
            }
            const bool idle = x == mailbox_word::idle;
            const std::uint64_t d = idle ? 0 : x & mailbox_word::depth_mask;
            const std::uint64_t deeper = d < mailbox_word::depth_mask ? d + 1 : d;
            n->next = mailbox_word::list(x); // null behind idle
            if (word_.compare_exchange_weak(seen, tag | reinterpret_cast<std::uint64_t>(n) | deeper,
                                            std::memory_order_acq_rel, std::memory_order_relaxed)) {
                depth = static_cast<unsigned>(deeper);
                return idle ? pushed::claimed : pushed::queued;
            }
        }
    }

    /// Takes everything out, oldest first; null when there is nothing. `depth` becomes how many
    /// that were, as far as the word counts. Owner only.
    envelope* take_all(std::uint64_t tag, unsigned& depth) noexcept {
        if (!has_mail())
            return nullptr;
        const std::uint64_t taken =
            word_.exchange(tag | mailbox_word::empty, std::memory_order_acquire);
        depth = static_cast<unsigned>(taken & mailbox_word::depth_mask);
        return oldest_first(taken);
    }

    /// Gives the process up; false when mail has come. After true the owner touches nothing of it.
    bool go_idle(std::uint64_t tag) noexcept {
        std::uint64_t expected = tag | mailbox_word::empty;
        return word_.compare_exchange_strong(expected, tag | mailbox_word::idle,
                                             std::memory_order_release, std::memory_order_relaxed);
    }

    /// Makes the caller the owner of an idle process; false when another thread was quicker.
    bool claim_idle(std::uint64_t tag) noexcept {
        std::uint64_t expected = tag | mailbox_word::idle;
        // An exchange writes even when it fails, and brings a page back that was given to the
        // kernel.
        return word_.load(std::memory_order_relaxed) == expected &&
               word_.compare_exchange_strong(expected, tag | mailbox_word::empty,
                                             std::memory_order_acquire, std::memory_order_relaxed);
    }

    /// A slot that is free waits for its next process under this tag.
    ///
    /// Release: a thread that finds this word also finds the rest of the process as it is.
    void renew(std::uint64_t tag) noexcept {
        word_.store(tag | mailbox_word::dead, std::memory_order_release);
    }
    /// From here on the process can be found. Release: as above.
    void open(std::uint64_t tag) noexcept {
        word_.store(tag | mailbox_word::empty, std::memory_order_release);
    }
    /// From here on each push is refused. Returns what had come, oldest first. Owner only.
    envelope* close(std::uint64_t next_word) noexcept {
        const std::uint64_t last = word_.exchange(next_word, std::memory_order_acq_rel);
        return mailbox_word::is_list(last) ? oldest_first(last) : nullptr;
    }

private:
    static envelope* oldest_first(std::uint64_t word) noexcept {
        envelope* newest = mailbox_word::list(word);
        envelope* oldest = nullptr;
        while (newest) {
            envelope* const next = newest->next;
            newest->next = oldest;
            oldest = newest;
            newest = next;
        }
        return oldest;
    }

    std::atomic<std::uint64_t> word_{0};
};

} // namespace coppice::detail
