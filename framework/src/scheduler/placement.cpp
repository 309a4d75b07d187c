// SPDX-License-Identifier: BSL-1.0
// Which thread a function begins on.
#include "scheduler/runtime_state.hpp"
#include "scheduler/worker.hpp"
#include <algorithm>
#include <span>

namespace coppice::detail {

// A function stays on its thread for life, so threads share them when they begin: one that has
// clearly more than another offers what it would begin to all, once, and begins it if it comes
// back. One thread that keeps up with all of them is better than two, so no thread waits for an
// answer. Of those that end at once there are never many, and they stay.
//
// On a standby thread none begins, or there would soon be more threads with work for life than
// processors. It helps because a thread is stuck, which cannot answer, and hands over to the one
// that has the fewest. Behind a handler that is stuck for long none waits (watchdog.cpp).
bool worker::is_placed_elsewhere(process& p) {
    if (kind == thread_class::normal && p.placed == placement::in_balance && another_is_roomier()) {
        p.placed = placement::on_a_normal_thread;
        runtime.overflow.add(&p);
        runtime.idle.published();
        return true;
    }
    if (kind == thread_class::standby && p.placed != placement::anywhere) {
        p.placed = placement::on_a_normal_thread;
        worker& other = least_loaded();
        other.handed_over.add(&p);
        idle_threads::published_to(other.place);
        return true;
    }
    return false;
}

bool worker::another_is_roomier() const noexcept {
    constexpr std::size_t few = 8;
    const std::size_t mine = load_of_functions();
    const std::size_t threads = runtime.normal_threads;
    if (mine < few || threads < 2)
        return false;
    const worker& other = *runtime.workers[(index + 1 + turn % (threads - 1)) % threads];
    const std::size_t theirs = other.load_of_functions();
    return mine - few >= theirs + theirs / 2;
}

worker& worker::least_loaded() const noexcept {
    const std::span all{runtime.workers.data(), runtime.normal_threads};
    return **std::min_element(all.begin(), all.end(), [](const auto& a, const auto& b) {
        return a->load_of_functions() < b->load_of_functions();
    });
}

} // namespace coppice::detail
