// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "memory/type_stable_pool.hpp"
#include "timers/timer_wheel.hpp"
#include <atomic>
#include <boost/container/deque.hpp>
#include <coppice/pid.hpp>
#include <mutex>
#include <optional>
#include <vector>

// Messages for later. A timer lies in the wheel of one thread, under that wheel's lock: nearly
// always its thread sets and fires it, but any thread may cancel it, and the watchdog thread fires
// for a thread that is stuck.
namespace coppice::detail {

class message_timers;

/// What a timer_ref refers to. Its memory only ever serves other timers of the same wheel, under
/// another serial number, or is given back and reads as zeros: a reference to a timer that is gone
/// does nothing.
///
/// There may be a million, each of which is looked for in memory when it fires: what else there is
/// to know of a timer stands in the wheel, or in the reference.
struct message_timer {
    std::uint64_t serial = 0;
    union {
        envelope* message = nullptr; // null: cancelled
        message_timer* next_free;
    };

    struct life;
};

struct message_timer::life {
    static constexpr std::uint64_t last_generation = ~std::uint64_t{0};

    static message_timer*& next(message_timer& t) noexcept { return t.next_free; }
    static std::uint64_t generation(const message_timer& t) noexcept { return t.serial; }
    static void renew(message_timer& t, std::uint64_t generation) noexcept {
        t.serial = generation;
    }
};

/// A message whose time has come.
struct due_message {
    pid to;
    envelope* message;
};

/// Sends them, on any thread.
void post_due(const std::vector<due_message>& all);

/// One thread's. Used again, and never destroyed: a reference may come at any time.
class message_timers {
public:
    using clock = std::chrono::steady_clock;

    /// Any thread; one that is not ours must then make the owner look at `next`.
    timer_ref set(clock::time_point now, clock::time_point due, pid to, envelope* message);

    struct cancelled {
        envelope* message; // the caller's now
        clock::time_point due;
    };
    static std::optional<cancelled> cancel(const timer_ref& t);

    void start(clock::time_point now);
    /// Appends to `out` what is due at `now`, in order.
    void take_due(clock::time_point now, std::vector<due_message>& out);
    /// All, due or not.
    void take_all(std::vector<due_message>& out);
    /// Looks at some more of the timers, and appends to `out` the messages of those whose receivers
    /// have ended. True: it has come round, and begins anew next time. What moves meanwhile may be
    /// left out, and is found the next time. Any thread; the messages are the caller's now.
    bool take_some_of_the_dead(std::vector<envelope*>& out);
    /// A moment at or before the next one; `time_point::max()` without any. Any thread, a moment
    /// old.
    clock::time_point next() const noexcept {
        return clock::time_point{clock::duration{next_.load(std::memory_order_relaxed)}};
    }
    /// With those that were cancelled and not found yet.
    std::size_t size() {
        const std::lock_guard hold{lock_};
        return in_wheel_;
    }
    bool is_due(clock::time_point now) const noexcept { return next() <= now; }

    /// For one thread of a runtime, which gives them back when it has ended. A thread that is left
    /// behind keeps them: what it fires is nothing of the next runtime.
    static message_timers& take();
    static void give_back(message_timers& m);

private:
    /// A slot of the wheel. Cancelled timers stay until they are due or too many, so that no caller
    /// must find them: cancelling is frequent, and the times are far apart.
    struct slot {
        struct entry {
            std::uint64_t due;
            pid to;
            message_timer* timer;
        };
        static std::uint64_t due(const entry& e) noexcept { return e.due; }
        void add(const entry& e) { entries.push_back(e); }
        template <class F>
        void drain(F f);
        // Blocks of 3 KiB: nothing is copied while it grows, and what is drained makes room for
        // what moves to a nearer slot. Each is long enough that the processor fetches it ahead.
        using blocks = boost::container::deque_options<boost::container::block_size<128>>::type;
        boost::container::deque<entry, std::allocator<entry>, blocks> entries;
    };

    std::optional<cancelled> cancel_here(const timer_ref& t);
    void take(const slot::entry& e, std::vector<due_message>& out);
    void free(message_timer& t);
    void sweep();
    void publish_next() noexcept {
        next_.store(wheel_.next().time_since_epoch().count(), std::memory_order_relaxed);
    }

    std::mutex lock_;
    timer_wheel<slot> wheel_;
    type_stable_pool<message_timer, message_timer::life> timers_{std::size_t{4} << 30};
    std::size_t in_wheel_ = 0, cancelled_ = 0;
    std::size_t look_slot_ = 0, look_entry_ = 0; // where take_some_of_the_dead goes on
    std::atomic<clock::rep> next_{clock::time_point::max().time_since_epoch().count()};
};

} // namespace coppice::detail
