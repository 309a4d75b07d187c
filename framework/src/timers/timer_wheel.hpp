// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstdint>

namespace coppice::detail {

/// A hierarchical timer wheel: six levels of 64 slots, a tick is a quarter of a millisecond.
///
/// Arming costs a few nanoseconds whatever the number of timers; a timer moves down a level at most
/// five times before it fires. Never early; late by at most a tick and by however long the thread
/// was busy. What is kept in a slot, and how, is the Slot's affair:
/// - `add(entry)`, and `drain(f)`, which hands out and forgets all, and may be added to meanwhile;
/// - `static due(entry)`, in ticks.
///
/// Units: ticks since the clock's epoch. Context: one owner.
template <class Slot>
class timer_wheel {
public:
    using clock = std::chrono::steady_clock;
    static constexpr std::chrono::microseconds tick{250};
    static constexpr std::uint64_t never = ~std::uint64_t{0};

    /// The tick at which something due at `t` may fire.
    static constexpr std::uint64_t tick_of(clock::time_point t) noexcept {
        if (t.time_since_epoch() <= clock::duration::zero())
            return 0;
        if (t > clock::time_point::max() - tick)
            return never;
        return static_cast<std::uint64_t>((t.time_since_epoch() + tick - clock::duration{1}) /
                                          tick);
    }
    static constexpr clock::time_point time_of(std::uint64_t t) noexcept {
        return t == never ? clock::time_point::max()
                          : clock::time_point{tick * static_cast<std::int64_t>(t)};
    }

    void start(clock::time_point now) noexcept { now_ = passed(now); }
    /// Nothing is due at `now`: a wheel that knows the time puts timers nearer to their place.
    void catch_up(clock::time_point now) noexcept { now_ = std::max(now_, passed(now)); }

    /// Arms; what is due already fires at the next advance.
    template <class Entry>
    void arm(Entry&& e) {
        if (Slot::due(e) == never)
            return beyond_.add(std::forward<Entry>(e));
        // The level is that of the highest group of six bits in which `due` differs from now. The
        // highest level goes round: its slots reach to the one behind now, and what is due later
        // stands there.
        constexpr int top = (levels - 1) * bits;
        const std::uint64_t farthest = ((now_ >> top) + 63) << top;
        const std::uint64_t due = std::min(std::max(Slot::due(e), now_ + 1), farthest);
        const int highest = 63 - std::countl_zero((due ^ now_) | 63);
        const int level = std::min(highest / bits, levels - 1);
        const auto index = (due >> (level * bits)) & 63;
        occupied_[static_cast<std::size_t>(level)] |= std::uint64_t{1} << index;
        slots_[static_cast<std::size_t>(level)][index].add(std::forward<Entry>(e));
    }

    /// Fires all that is due at `time`, in order of the ticks.
    template <class Fire>
    void advance(clock::time_point time, Fire fire) {
        const std::uint64_t target = passed(time);
        for (;;) {
            const place p = first();
            if (p.level < 0 || p.tick > target)
                break;
            now_ = std::max(now_, p.tick);
            const auto level = static_cast<std::size_t>(p.level);
            const auto index = (p.tick >> (p.level * bits)) & 63;
            occupied_[level] &= ~(std::uint64_t{1} << index);
            slots_[level][index].drain([&](auto&& e) {
                if (Slot::due(e) <= now_)
                    fire(e);
                else
                    arm(e);
            });
        }
        now_ = std::max(now_, target);
    }

    /// Has more than a tick passed since the last advance?
    bool is_behind(clock::time_point now) const noexcept { return passed(now) > now_ + 1; }

    /// When to look again: a moment at or before the next timer. `time_point::max()` without any.
    clock::time_point next() const noexcept { return time_of(first().tick); }

    template <class F>
    void for_each_slot(F f) {
        for (auto& level : slots_)
            for (Slot& s : level)
                f(s);
        f(beyond_);
    }

    static constexpr std::size_t slot_count = 6 * 64;
    Slot& slot(std::size_t n) noexcept { return slots_[n / 64][n % 64]; }

private:
    static constexpr int levels = 6;
    static constexpr int bits = 6;
    struct place {
        int level;
        std::uint64_t tick; // the first of the slot
    };

    static std::uint64_t passed(clock::time_point t) noexcept {
        return static_cast<std::uint64_t>(t.time_since_epoch() / tick);
    }
    place first() const noexcept {
        for (int level = 0; level < levels; ++level) {
            const std::uint64_t marks = occupied_[static_cast<std::size_t>(level)];
            if (!marks)
                continue;
            const int shift = level * bits;
            const auto here = static_cast<int>((now_ >> shift) & 63);
            const int ahead = std::countr_zero(std::rotr(marks, here));
            const std::uint64_t round = (now_ >> shift) << shift;
            return {level, round + (static_cast<std::uint64_t>(ahead) << shift)};
        }
        return {-1, never};
    }

    std::array<std::array<Slot, 64>, levels> slots_;
    Slot beyond_; // what never fires, and can be taken back
    std::array<std::uint64_t, levels>
        occupied_{}; // a slot left empty stays marked until time passes it
    std::uint64_t now_ = 0;
};

} // namespace coppice::detail
