// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "watchdog.hpp"
#include <utility>

namespace stress {

/// Counts the messages that were made, handled and dropped.
struct delivery_counter {
    std::atomic<std::uint64_t> made{0}, handled{0}, dropped{0};

    bool balanced() const { return made.load() == handled.load() + dropped.load(); }
};

/// A message that knows whether it was handled. If it is destroyed unhandled, it was dropped:
/// refused, removed from a full mailbox, or destroyed with its receiver. If a message is lost or
/// counted twice, its `delivery_counter` is not balanced.
class counted_message {
public:
    explicit counted_message(delivery_counter& c) noexcept : counter_{&c} {
        c.made.fetch_add(1, relaxed);
    }
    counted_message(counted_message&& o) noexcept : counter_{std::exchange(o.counter_, nullptr)} {}
    counted_message& operator=(counted_message&&) = delete;
    ~counted_message() {
        if (counter_)
            count(counter_->dropped);
    }
    void handle() noexcept {
        count(counter_->handled);
        counter_ = nullptr;
    }

private:
    static constexpr auto relaxed = std::memory_order_relaxed;
    static void count(std::atomic<std::uint64_t>& outcome) noexcept {
        outcome.fetch_add(1, relaxed);
        watchdog::progress();
    }
    delivery_counter* counter_;
};

} // namespace stress
