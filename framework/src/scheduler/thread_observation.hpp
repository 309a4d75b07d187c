// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <chrono>
#include <cstdint>

namespace coppice::detail {

/// What the watchdog thread saw of one thread, and what it makes of it. Its tests need no thread.
class thread_observation {
public:
    using clock = std::chrono::steady_clock;
    struct limits {
        clock::duration time_slice;   ///< what a handler may compute; 0: anything
        clock::duration long_handler; ///< what is reported; 0: nothing
    };
    /// What the thread's cost is, looked at only when it matters.
    struct costs {
        virtual std::chrono::nanoseconds cpu() = 0;
        virtual bool blocked_in_kernel() = 0;

    protected:
        ~costs() = default;
    };
    struct verdict {
        bool same = false;     ///< the same piece of code as last time
        bool offends = false;  ///< it has just been seen to exceed the time_slice
        bool is_stuck = false; ///< what waits behind it should go elsewhere
        bool report = false;
    };

    /// `step` changes with each piece of user code; 0 while none runs.
    verdict look(clock::time_point now, std::uint64_t step, const limits& l, costs& c);

    clock::duration age(clock::time_point now) const { return now - since_; }
    /// What the thread had used when the piece was first seen.
    std::chrono::nanoseconds cpu_at_first() const noexcept { return cpu_; }

private:
    /// A thread that waits for a processor does not itself hold up another.
    bool really_takes(clock::duration limit, costs& c) const;

    std::uint64_t step_ = 0;
    clock::time_point since_{};
    clock::duration report_at_{};
    std::chrono::nanoseconds cpu_{};
    bool has_cpu_ = false;
    bool stuck_ = false;
};

/// What one look finds of a thread.
struct thread_view {
    bool asleep = false;
    bool in_process = false;  ///< a process's code runs there
    bool in_handlers = false; ///< no process's, but a handler of Asio
    bool low_priority = false;
    bool has_due_timers = false;
};

/// What the watchdog thread does about a thread. A low-priority thread may compute, so it is no
/// find, and no other thread helps it.
struct watch_plan {
    bool say_time_has_passed = false; ///< its turn ends; it looks at timers, I/O and other queues
    bool note_processor = false;
    bool stands_still = false; ///< for so short that it may wait for a processor
    bool is_find = false;      ///< keeps the watchdog thread looking often
    bool say_over_time_slice = false;
    bool is_stuck = false;
    bool wants_helper = false;
    bool send_due_messages = false;
    bool let_functions_begin_elsewhere = false;
    bool report_long_handler = false;
    bool look_for_lock = false;

    friend bool operator==(const watch_plan&, const watch_plan&) = default;
};

/// What the observation is told: the step, or 0 while no code of a user runs.
std::uint64_t observed_step(const thread_view& view, std::uint64_t step) noexcept;
/// A low-priority thread has no time slice.
thread_observation::limits limits_for(const thread_view& view,
                                      const thread_observation::limits& all) noexcept;
/// Decides; does nothing itself. `age`: for how long the same piece of code has run.
watch_plan plan_watch(const thread_view& view,
                      const thread_observation::verdict& v,
                      thread_observation::clock::duration age,
                      const thread_observation::limits& l) noexcept;

} // namespace coppice::detail
