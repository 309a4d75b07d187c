// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "timers/timer_wheel.hpp"
#include <coppice/time_limit.hpp>

// The time limits of waits. Nearly all are taken back long before they are due, so they lie in
// rings through whatever waits, and cost no memory.
namespace coppice::detail {

/// A place in the wheel, inside whatever waits.
struct timer_hook {
    timer_hook* previous = nullptr; // null: not armed
    timer_hook* next = nullptr;
    std::uint64_t due = 0;
    void (*fire)(timer_hook*) = nullptr;

    bool armed() const noexcept { return previous != nullptr; }
    void disarm() noexcept {
        if (!armed())
            return;
        previous->next = next;
        next->previous = previous;
        previous = next = nullptr;
    }
};

/// A slot of the wheel: the head of a ring.
class hook_ring {
public:
    hook_ring() noexcept { head_.previous = head_.next = &head_; }
    hook_ring(const hook_ring&) = delete;
    hook_ring& operator=(const hook_ring&) = delete;

    static std::uint64_t due(const timer_hook& h) noexcept { return h.due; }

    void add(timer_hook& h) noexcept {
        h.next = &head_;
        h.previous = head_.previous;
        head_.previous->next = &h;
        head_.previous = &h;
    }
    template <class F>
    void drain(F f) {
        if (head_.next == &head_)
            return;
        // The ring is taken out whole: what fires may arm again.
        hook_ring all;
        all.head_.next = head_.next;
        all.head_.previous = head_.previous;
        all.head_.next->previous = all.head_.previous->next = &all.head_;
        head_.previous = head_.next = &head_;
        while (all.head_.next != &all.head_) {
            timer_hook& h = *all.head_.next;
            h.disarm();
            f(h);
        }
    }
    template <class Which>
    void disarm_if(Which which) noexcept {
        for (timer_hook* h = head_.next; h != &head_;) {
            timer_hook* const next = h->next;
            if (which(*h))
                h->disarm();
            h = next;
        }
    }

private:
    timer_hook head_;
};

/// Context: one thread.
class wait_timers : public timer_wheel<hook_ring> {
public:
    void start(clock::time_point now) noexcept {
        last_look_ = now;
        timer_wheel::start(now);
    }
    void arm(timer_hook& h, std::uint64_t due) noexcept {
        h.due = due;
        timer_wheel::arm(h);
    }
    /// Lasts that long from the next look at the clock on. A call's time limit of seconds is nearly
    /// always taken back before, and then has cost neither a clock nor a place in the wheel.
    void arm_at_next_look(timer_hook& h, clock::duration length) noexcept {
        h.due = static_cast<std::uint64_t>(length.count());
        new_.add(h);
    }
    /// What the clock said when it was last looked at.
    clock::time_point last_look() const noexcept { return last_look_; }
    /// A look at the clock; also before `next`.
    void look(clock::time_point now) noexcept {
        last_look_ = now;
        new_.drain([this, now](timer_hook& h) {
            const clock::duration length{static_cast<clock::rep>(h.due)};
            arm(h, tick_of(saturated_sum(now, length)));
        });
    }
    void advance(clock::time_point now) {
        look(now);
        timer_wheel::advance(now, [](timer_hook& h) { h.fire(&h); });
    }

    /// Disarms the hooks that lie in that memory, by looking at each.
    void disarm_within(const void* begin, std::size_t size) noexcept {
        const auto first = reinterpret_cast<std::uintptr_t>(begin);
        const auto lies_there = [first, size](const timer_hook& h) {
            return reinterpret_cast<std::uintptr_t>(&h) - first < size;
        };
        for_each_slot([&](hook_ring& r) { r.disarm_if(lies_there); });
        new_.disarm_if(lies_there);
    }

private:
    hook_ring new_;
    clock::time_point last_look_{};
};

} // namespace coppice::detail
