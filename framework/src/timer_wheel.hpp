// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <array>
#include <chrono>
#include <cstdint>

namespace coppice::detail {

/// A place in the wheel, inside whatever waits.
struct timer_hook {
    timer_hook* previous = nullptr; // null: not armed
    timer_hook* next = nullptr;
    std::uint64_t due = 0;
    void (*fire)(timer_hook*) = nullptr;

    bool armed() const noexcept { return previous != nullptr; }
};

/// A hierarchical timer wheel: six levels of 64 slots, a tick is a quarter of a millisecond.
///
/// Arming and disarming cost a few nanoseconds whatever the number of timers; a timer moves down a
/// level at most five times before it fires. Never early; late by at most a tick and by however
/// long the thread was busy.
///
/// Units: ticks since the clock's epoch. Context: one thread.
class timer_wheel {
public:
    using clock = std::chrono::steady_clock;
    static constexpr std::chrono::microseconds tick{250};
    static constexpr std::uint64_t never = ~std::uint64_t{0};

    timer_wheel();

    /// The tick at which something due at `t` may fire.
    static std::uint64_t tick_of(clock::time_point t) noexcept;
    static clock::time_point time_of(std::uint64_t tick) noexcept;

    void start(clock::time_point now) noexcept {
        now_ = static_cast<std::uint64_t>(now.time_since_epoch() / tick);
    }
    /// Arms; what is due already fires at the next advance.
    void arm(timer_hook& h, std::uint64_t due) noexcept;
    void disarm(timer_hook& h) noexcept;
    /// Fires all that is due at `now`, in order of the ticks.
    void advance(clock::time_point now);
    /// Has more than a tick passed since the last advance?
    bool is_behind(clock::time_point now) const noexcept {
        return static_cast<std::uint64_t>(now.time_since_epoch() / tick) > now_ + 1;
    }
    /// When to look again: a moment at or before the next timer. `time_point::max()` without any.
    clock::time_point next() const noexcept;

private:
    static constexpr int levels = 6;
    static constexpr int bits = 6;
    struct place {
        int level;
        std::uint64_t tick; // the first of the slot
    };
    place first() const noexcept;
    void link(timer_hook& h) noexcept;

    std::array<std::array<timer_hook, 64>, levels> slots_; // each the head of a ring
    std::array<std::uint64_t, levels> occupied_{};
    std::uint64_t now_ = 0;
};

} // namespace coppice::detail
