// SPDX-License-Identifier: BSL-1.0
#include "scheduler/low_priority_queue.hpp"
#include "process/process_extras.hpp"
#include "scheduler/runtime_state.hpp"
#include <ctime>

namespace coppice::detail {
namespace {

using namespace std::chrono_literals;

constexpr auto patience_of_callers = 100ms;

std::chrono::nanoseconds cpu_of_thread() noexcept {
    timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return std::chrono::seconds{t.tv_sec} + std::chrono::nanoseconds{t.tv_nsec};
}

bool has_request(const envelope* n) noexcept {
    for (; n; n = n->next)
        if (n->ops->is_request)
            return true;
    return false;
}

/// The thread that has the process may walk its mail: what lies in the word stays there until it is
/// taken.
bool has_caller(const process& p) noexcept {
    const std::uint64_t w = p.inbox.word(std::memory_order_acquire);
    return has_request(p.mail.front()) ||
           (mailbox_word::is_list(w) && has_request(mailbox_word::list(w)));
}

} // namespace

void low_priority_queue::add(process& p) noexcept {
    size_.fetch_add(1, std::memory_order_relaxed);
    process* seen = added_.load(std::memory_order_relaxed);
    do
        p.next = seen;
    while (!added_.compare_exchange_weak(seen, &p, std::memory_order_release,
                                         std::memory_order_relaxed));
    idle.published();
}

void low_priority_queue::take_in(std::chrono::steady_clock::time_point now) {
    process* newest = added_.exchange(nullptr, std::memory_order_acquire);
    process* p = nullptr;
    while (newest) {
        process* next = newest->next;
        newest->next = p;
        p = newest;
        newest = next;
    }
    for (; p; p = p->next) {
        const rare_extras* x = rare_if_any(*p);
        const std::int64_t rank = (x ? x->usage : cpu_usage{}).rank(now);
        waiting_.push_back({rank, orders_++, now, p});
        std::push_heap(waiting_.begin(), waiting_.end());
    }
}

process* low_priority_queue::let_go(std::vector<entry>::iterator at,
                                    std::chrono::steady_clock::time_point now) noexcept {
    const entry it = *at;
    *at = waiting_.back();
    waiting_.pop_back();
    size_.fetch_sub(1, std::memory_order_relaxed);
    if (rare_extras* x = rare_if_any(*it.who))
        x->usage.waited(now - it.since);
    return it.who;
}

process* low_priority_queue::take(std::chrono::steady_clock::time_point now) {
    if (empty())
        return nullptr;
    const std::lock_guard hold{lock_};
    take_in(now);
    if (waiting_.empty())
        return nullptr;
    std::pop_heap(waiting_.begin(), waiting_.end());
    return let_go(waiting_.end() - 1, now);
}

process* low_priority_queue::rescue(std::chrono::steady_clock::time_point now) {
    if (empty())
        return nullptr;
    const std::unique_lock hold{lock_, std::try_to_lock};
    if (!hold)
        return nullptr;
    take_in(now);
    const auto found = std::find_if(waiting_.begin(), waiting_.end(), [&](const entry& e) {
        return now - e.since > patience_of_callers && has_caller(*e.who);
    });
    if (found == waiting_.end())
        return nullptr;
    process* p = let_go(found, now);
    std::make_heap(waiting_.begin(), waiting_.end());
    return p;
}

void begin_low_priority_turn(worker& w) { w.low_priority_turn_began = cpu_of_thread(); }

void charge_cpu(worker& w, process& p) {
    const bool offended = w.watched.take_overrun();
    const bool is_low_priority = w.kind == thread_class::low_priority;
    if (!offended && !is_low_priority)
        return;
    const auto now = w.now();
    rare_extras& x = rare_of(p);
    cpu_usage& h = x.usage;
    const auto cpu = cpu_of_thread();
    if (is_low_priority) {
        // Short messages are no reason to stay, however many they are.
        if (const auto used = cpu - std::exchange(w.low_priority_turn_began, cpu);
            used >= w.runtime.options.time_slice)
            h.charge(used, now);
        if (p.server && h.has_drained(now) && !x.priority_was_set)
            p.low_priority = false;
        return;
    }
    h.charge(cpu - w.watched.cpu_before_overrun(), now);
    h.overrun(now);
    if (p.server && !p.server->keeps_normal_priority && h.is_cpu_bound(now))
        p.low_priority = true;
}

} // namespace coppice::detail
