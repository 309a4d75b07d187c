// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "scheduler/low_priority_queue.hpp"
#include "scheduler/runtime_gate.hpp"
#include "scheduler/watchdog.hpp"
#include "scheduler/watchdog_wakeup.hpp"
#include "scheduler/worker.hpp"
#include <coppice/runtime.hpp>
#include <optional>

namespace coppice::detail {

/// The running runtime. One for the program at a time.
struct runtime_state {
    std::vector<std::unique_ptr<worker>>
        workers; // normal ones first, then standby, then low-priority ones
    std::size_t normal_threads = 0;
    std::vector<std::thread> threads;
    idle_threads idle;   // threads that look for work
    idle_threads spares; // threads that wait until they are wanted
    low_priority_queue low_priority;
    std::atomic<unsigned> helpers{0}; // spares that help now
    std::atomic<unsigned> helpers_wanted{0};
    overflow_queue overflow;
    overflow_queue stackless; // what wants to run, and all stacks are in use
    std::atomic<bool> told_out_of_stacks{false};
    std::unique_ptr<simulated> sim;
    runtime::options options;
    std::atomic<bool> closed{false};   // nothing is spawned any more
    std::atomic<bool> stopping{false}; // all have ended, or are left behind: the threads end
    std::atomic<std::uint64_t> created_outside{0};
    std::optional<watchdog> watch;
    watchdog_wakeup watch_wakeup;

    /// After a thread has slept: the watchdog thread must not.
    void wake_watchdog() noexcept { watch_wakeup.wake(); }

    worker& any_worker() { return *workers.front(); }
    std::uint64_t ended() const noexcept; ///< how many processes have, in all
    std::uint64_t alive() const noexcept;
};

/// Null while no runtime runs.
extern constinit std::atomic<runtime_state*> the_runtime;

/// Threads that are not ours and are inside the runtime at this moment.
extern constinit runtime_gate the_gate;

/// Keeps the runtime from being taken down while a thread that is not ours uses it. What such a
/// thread sends may be the last thing that the runtime waited for, long before the thread is done
/// with waking the receiver.
///
/// A guard within a guard finds the same runtime, also when that has been hidden meanwhile. Who
/// holds one must not wait: a stop waits for it.
class runtime_guard {
public:
    runtime_guard() noexcept {
        if (this_worker) [[likely]]
            runtime_ = &this_worker->runtime;
        else if (mine_.inside)
            runtime_ = mine_.runtime;
        else {
            runtime_ = enter();
            is_outermost_ = true;
        }
    }
    runtime_guard(const runtime_guard&) = delete;
    runtime_guard& operator=(const runtime_guard&) = delete;
    ~runtime_guard() { leave(); }
    void leave() noexcept {
        if (std::exchange(is_outermost_, false)) [[unlikely]]
            leave_gate();
    }
    /// Null when none runs.
    runtime_state* runtime() const noexcept { return runtime_; }

private:
    /// This thread's outermost guard. Not in the guard itself, so that one on a thread of the
    /// runtime lies in registers.
    struct outermost {
        bool inside = false;
        unsigned side = 0;
        runtime_state* runtime = nullptr;
    };
    static runtime_state* enter() noexcept;
    static void leave_gate() noexcept;

    static constinit thread_local outermost mine_;
    runtime_state* runtime_;
    bool is_outermost_ = false;
};

/// A stop has refused what the running process wanted to spawn, and is about to kill all. The
/// process ends here, with `killed`, and not in another way a moment earlier. Returns where an exit
/// cannot be thrown: while it unwinds or is destroyed.
void end_by_stop(process&);

/// Errors: throws std::logic_error that says how to start one, or that it stops. A process that the
/// stop has refused ends.
[[noreturn]] void throw_not_running();
/// The same as a value.
failure not_running();

/// The runtime's clock: virtual under simulation. Any thread.
time_limit::clock::time_point clock_now() noexcept;

void start_runtime(const runtime::options& o, std::unique_ptr<simulated> sim);

} // namespace coppice::detail
