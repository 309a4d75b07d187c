// SPDX-License-Identifier: BSL-1.0
#include "messaging/await.hpp"
#include "process/envelope_tables.hpp"
#include "scheduler/runtime_state.hpp"
#include "signals/suspension.hpp"
#include "support/spin_pause.hpp"
#include <linux/futex.h>
#include <stdexcept>
#include <sys/syscall.h>
#include <unistd.h>

// Waiting for pending requests, whose state is `open`, `answered` or `awaited` (see reply.hpp).
//
// The waiter registers with each request by open -> awaited. The thread that answers replaces
// `awaited` and then wakes, so the waiter, on its own stack, may only go away when every
// registration was either taken back (awaited -> open) or has been followed by its wake.
namespace coppice::detail {
namespace {

constexpr std::uint32_t open = 0, answered = 1, awaited = 2;

std::size_t first_answered(request* const* requests, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
        if (requests[i]->state.load(std::memory_order_acquire) == answered)
            return i;
    return count;
}

} // namespace

bool enlist(request* r, waiter& w) noexcept {
    r->to_wake = &w;
    std::uint32_t expected = open;
    return r->state.compare_exchange_strong(expected, awaited, std::memory_order_acq_rel);
}

bool withdraw(request* r) noexcept {
    std::uint32_t expected = awaited;
    return r->state.compare_exchange_strong(expected, open, std::memory_order_acq_rel);
}

namespace {

/// Registers with all of them; stops at one that is answered already. How many were registered.
std::size_t enlist(request* const* requests, std::size_t count, waiter& w) {
    for (std::size_t i = 0; i < count; ++i)
        if (!enlist(requests[i], w))
            return i;
    return count;
}

/// Takes the registrations back. How many wakes are still to come or have come.
std::uint32_t withdraw(request* const* requests, std::size_t count) {
    std::uint32_t wakes = 0;
    for (std::size_t i = 0; i < count; ++i)
        wakes += withdraw(requests[i]) ? 0 : 1;
    return wakes;
}

// --- a plain thread sleeps on a futex ---

struct thread_waiter final : waiter {
    std::atomic<std::uint32_t> wakes{0};

    thread_waiter() {
        waiter::wake = [](waiter& w) {
            auto& self = static_cast<thread_waiter&>(w);
            // After the addition the waiter may be gone; the address is only a key for the kernel,
            // and a stray wake on it is harmless, since every waiter looks again.
            auto* address = reinterpret_cast<std::uint32_t*>(&self.wakes);
            self.wakes.fetch_add(1, std::memory_order_release);
            syscall(SYS_futex, address, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
        };
    }
    /// False when the time was up.
    bool sleep(std::uint32_t seen, time_limit::clock::time_point deadline) {
        timespec left{};
        timespec* timeout = nullptr;
        if (deadline != time_limit::clock::time_point::max()) {
            const auto d = saturated_difference(deadline, time_limit::clock::now());
            if (d <= time_limit::clock::duration::zero())
                return false;
            left.tv_sec = std::chrono::duration_cast<std::chrono::seconds>(d).count();
            left.tv_nsec = static_cast<long>((d % std::chrono::seconds{1}).count());
            timeout = &left;
        }
        syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&wakes), FUTEX_WAIT_PRIVATE, seen,
                timeout, nullptr, 0);
        return true;
    }
};

std::size_t wait_on_thread(request* const* requests, std::size_t count, time_limit timeout) {
    constexpr int spins = 2000; // a wake costs tens of microseconds, an answer often less
    for (int i = 0; i < spins; ++i) {
        if (const std::size_t f = first_answered(requests, count); f != count)
            return f;
        spin_pause();
    }
    const auto deadline = timeout.deadline(time_limit::clock::now());
    thread_waiter me;
    const std::size_t listed = enlist(requests, count, me);
    if (listed == count)
        while (me.wakes.load(std::memory_order_acquire) == 0 && me.sleep(0, deadline))
            ;
    const std::uint32_t expected = withdraw(requests, listed);
    for (std::uint32_t seen = 0; (seen = me.wakes.load(std::memory_order_acquire)) < expected;)
        me.sleep(seen, time_limit::clock::time_point::max());
    return first_answered(requests, count);
}

// --- a process suspends ---

struct process_waiter final : waiter, wait_op {
    struct arrival final : envelope {
        explicit arrival(process_waiter& o) noexcept : envelope{operations}, owner{o} {}
        process_waiter& owner;
        static void handle(envelope* n, void*) { static_cast<arrival*>(n)->owner.arrived(); }
        static constexpr envelope_ops operations = between_threads("arrival", &handle);
    };

    explicit process_waiter(worker& w) : thread{w}, message{*this} {
        waiter::wake = [](waiter& x) {
            auto& self = static_cast<process_waiter&>(x);
            // Only the first wake travels; the rest are counted. Until the count is what the owner
            // expects, it does not go away.
            worker& thread = self.thread;
            if (self.first.exchange(false, std::memory_order_acq_rel)) {
                if (&thread == this_worker)
                    self.arrived();
                else
                    send_to(thread, &self.message);
            }
            self.wakes.fetch_add(1, std::memory_order_release);
        };
    }
    void arrived() {
        has_arrived = true;
        if (parked && result == outcome::waiting) // else time or a kill has made us ready before
            thread.make_ready(static_cast<wait_op&>(*this));
    }

    worker& thread;
    arrival message;
    std::atomic<bool> first{true};
    std::atomic<std::uint32_t> wakes{0};
    bool has_arrived = false; // own thread
    bool parked = false;
};

std::size_t wait_in_process(
    worker& w, process& p, request* const* requests, std::size_t count, time_limit timeout) {
    cancellation_point(p);
    if (const std::size_t f = first_answered(requests, count); f != count)
        return f;
    process_waiter me{w};
    const std::size_t listed = enlist(requests, count, me);
    if (listed == count && !me.has_arrived) {
        begin_wait(w, p, me);
        w.arm(me, within_deadline(timeout));
        me.parked = true;
        finish_wait(w, p, me);
        me.parked = false;
    }
    const std::uint32_t expected = withdraw(requests, listed);
    if (expected > 0 && !me.has_arrived) {
        // The first wake is on its way to this thread and points at our stack.
        me.result = wait_op::outcome::waiting;
        me.uncancellable = true;
        me.parked = true;
        begin_wait(w, p, me);
        me.result = wait_op::outcome::waiting;
        finish_wait(w, p, me);
    }
    while (me.wakes.load(std::memory_order_acquire) < expected)
        spin_pause(); // the others are a few instructions from done
    const std::size_t f = first_answered(requests, count);
    cancellation_point(p);
    return f;
}

} // namespace

std::size_t wait_for_any(request* const* requests, std::size_t count, time_limit timeout) {
    worker* w = this_worker;
    if (process* p = w ? w->process_now() : nullptr)
        return wait_in_process(*w, *p, requests, count, timeout);
    if (w) { // a handler of Asio: what is there needs no wait
        if (const std::size_t f = first_answered(requests, count); f != count)
            return f;
        throw std::logic_error{"coppice: " + would_block().detail};
    }
    return wait_on_thread(requests, count, timeout);
}

} // namespace coppice::detail
