// SPDX-License-Identifier: BSL-1.0
#include "timer_wheel.hpp"
#include <algorithm>
#include <bit>
#include <boost/assert.hpp>

namespace coppice::detail {

timer_wheel::timer_wheel() {
    for (auto& level : slots_)
        for (auto& s : level)
            s.previous = s.next = &s;
}

std::uint64_t timer_wheel::tick_of(clock::time_point t) noexcept {
    if (t == clock::time_point::max())
        return never;
    return static_cast<std::uint64_t>((t.time_since_epoch() + tick - clock::duration{1}) / tick);
}

timer_wheel::clock::time_point timer_wheel::time_of(std::uint64_t t) noexcept {
    return t == never ? clock::time_point::max()
                      : clock::time_point{tick * static_cast<std::int64_t>(t)};
}

void timer_wheel::link(timer_hook& h) noexcept {
    // The level is that of the highest group of six bits in which `due` differs from now.
    constexpr std::uint64_t horizon = (std::uint64_t{1} << (levels * bits)) - 1;
    const std::uint64_t due = std::min(std::max(h.due, now_ + 1), now_ | horizon);
    const int highest = 63 - std::countl_zero((due ^ now_) | 63);
    const int level = std::min(highest / bits, levels - 1);
    const auto index = (due >> (level * bits)) & 63;
    timer_hook& head = slots_[static_cast<std::size_t>(level)][index];
    occupied_[static_cast<std::size_t>(level)] |= std::uint64_t{1} << index;
    h.next = &head;
    h.previous = head.previous;
    head.previous->next = &h;
    head.previous = &h;
}

void timer_wheel::arm(timer_hook& h, std::uint64_t due) noexcept {
    BOOST_ASSERT(!h.armed());
    h.due = due;
    link(h);
}

void timer_wheel::disarm(timer_hook& h) noexcept {
    if (!h.armed())
        return;
    h.previous->next = h.next;
    h.next->previous = h.previous;
    h.previous = h.next = nullptr; // a slot left empty stays marked until time passes it
}

timer_wheel::place timer_wheel::first() const noexcept {
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

timer_wheel::clock::time_point timer_wheel::next() const noexcept { return time_of(first().tick); }

void timer_wheel::advance(clock::time_point time) {
    const auto target = static_cast<std::uint64_t>(time.time_since_epoch() / tick);
    for (;;) {
        const place p = first();
        if (p.level < 0 || p.tick > target)
            break;
        now_ = std::max(now_, p.tick);
        const auto level = static_cast<std::size_t>(p.level);
        const auto index = (p.tick >> (p.level * bits)) & 63;
        timer_hook& head = slots_[level][index];
        occupied_[level] &= ~(std::uint64_t{1} << index);
        // The ring is taken out whole: what fires may arm again.
        timer_hook ring;
        if (head.next == &head)
            continue;
        ring.next = head.next;
        ring.previous = head.previous;
        ring.next->previous = ring.previous->next = &ring;
        head.previous = head.next = &head;
        while (ring.next != &ring) {
            timer_hook& h = *ring.next;
            disarm(h);
            if (h.due <= now_)
                h.fire(&h);
            else
                link(h);
        }
    }
    now_ = std::max(now_, target);
}

} // namespace coppice::detail
