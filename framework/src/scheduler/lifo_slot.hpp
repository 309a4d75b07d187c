// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "support/asymmetric_fence.hpp"

namespace coppice::detail {

struct process;

/// What a thread runs next: the process that it made ready last, whose data are warm.
///
/// It is the thread's own, and costs it no atomic exchange. Only when a handler holds the thread up
/// does the watchdog thread take it away. The owner says that it is here and then looks for the
/// watchdog; the watchdog says so, and then looks for the owner: at least one of them sees the
/// other. An owner that sees the watchdog exchanges, as the watchdog does; a watchdog that sees the
/// owner goes away.
/// Model: `newest`.
class lifo_slot {
public:
    explicit operator bool() const noexcept {
        return slot_.load(std::memory_order_relaxed) != nullptr;
    }

    /// Owner. Returns the one that it displaces, or null.
    process* put(process& p) noexcept {
        if (*this)
            return replace(&p);
        slot_.store(&p, std::memory_order_release); // the watchdog thread only takes
        return nullptr;
    }
    /// Owner. Null when there is none.
    process* take() noexcept { return *this ? replace(nullptr) : nullptr; }

    /// The watchdog thread. Null when there is none, or when the owner is not held up after all.
    process* take_away() noexcept {
        if (!*this)
            return nullptr;
        watchdog_is_here_.store(true, std::memory_order_relaxed);
        asymmetric_thread_fence_heavy();
        process* p = owner_is_here_.load(std::memory_order_acquire)
                         ? nullptr
                         : slot_.exchange(nullptr, std::memory_order_acq_rel);
        watchdog_is_here_.store(false, std::memory_order_release);
        return p;
    }

private:
    process* replace(process* p) noexcept {
        owner_is_here_.store(true, std::memory_order_relaxed);
        asymmetric_thread_fence_light();
        process* before = nullptr;
        if (watchdog_is_here_.load(std::memory_order_acquire)) [[unlikely]]
            before = slot_.exchange(p, std::memory_order_acq_rel);
        else {
            before = slot_.load(std::memory_order_relaxed);
            slot_.store(p, std::memory_order_release);
        }
        owner_is_here_.store(false, std::memory_order_release);
        return before;
    }

    std::atomic<process*> slot_{nullptr};
    std::atomic<bool> owner_is_here_{false};
    std::atomic<bool> watchdog_is_here_{false};
};

} // namespace coppice::detail
