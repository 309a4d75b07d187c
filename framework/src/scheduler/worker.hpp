// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "process/process.hpp"
#include "scheduler/idle_threads.hpp"
#include "scheduler/lifo_slot.hpp"
#include "scheduler/run_queue.hpp"
#include "scheduler/simulation_state.hpp"
#include "scheduler/stack_sample.hpp"
#include "scheduler/thread_class.hpp"
#include "support/exception_state.hpp"
#include "support/sanitizer.hpp"
#include "timers/message_timers.hpp"
#include "timers/timer_slack.hpp"
#include "timers/wait_timers.hpp"
#include <algorithm>
#include <boost/fiber/context.hpp>
#include <boost/fiber/properties.hpp>
#include <future>
#include <memory>
#include <thread>
#include <utility>

namespace coppice::detail {

struct worker;
struct runtime_state;

/// A pooled stack on which handlers run. It belongs to one thread for ever, so that thread_local,
/// errno and Asio's thread state stay true across a suspension.
struct fiber : boost::fibers::fiber_properties {
    explicit fiber(worker& w) : fiber_properties{nullptr}, owner{w} {}
    ~fiber() override { sanitizer::forget(stack); }

    worker& owner;
    boost::fibers::context* context = nullptr;
    process* assigned = nullptr;             // to be run when this fiber is switched to
    process* current = nullptr;              // whose code stands on this stack
    fiber* next = nullptr;                   // free list or ready queue
    const exit_reason* exits_with = nullptr; // while the object of a server is destroyed
    exception_state exceptions;
    sanitizer::stack_info stack;
    /// Handlers of Asio run on a fiber of their own, so that one may wait in a primitive of
    /// Boost.Fiber without holding the stack of a process.
    enum class io_duty : std::uint8_t { none, look, sleep };
    bool quit = false;
    bool abandoned = false; // its stack ended in std::terminate, see abandon.hpp
    io_duty duty = io_duty::none;
};

/// The fibers of a thread that run nothing, the last one used first.
class free_fibers {
public:
    explicit operator bool() const noexcept { return top_ != nullptr; }
    std::size_t count() const noexcept { return count_; }

    void push(fiber& f) noexcept {
        f.next = top_;
        top_ = &f;
        ++count_;
    }
    fiber* pop() noexcept {
        fiber* f = top_;
        if (f) {
            top_ = f->next;
            least_ = std::min(least_, --count_);
        }
        return f;
    }
    /// The least that there were since this was asked last: so many were not needed.
    std::size_t unused() noexcept { return std::exchange(least_, count_); }

private:
    fiber* top_ = nullptr;
    std::size_t count_ = 0;
    std::size_t least_ = 0;
};

/// Something that a process waits for inside a handler, on its stack. All of it is decided on the
/// fiber's own thread, so no atomic is needed: the first to end the wait wins.
struct wait_op : timer_hook {
    enum class outcome : std::uint8_t { waiting, woken, timed_out, cancelled };

    /// Ends the wait from outside: time is up, or the process must go. False: it ends by itself
    /// soon (an answer is on its way, or a cancelled operation completes).
    bool (*give_up)(wait_op&) = [](wait_op&) { return true; };
    fiber* who = nullptr;
    outcome result = outcome::waiting;
    bool uncancellable = false;
};

/// A thread of the runtime.
struct worker {
    worker(runtime_state& r, std::uint16_t n, thread_class k) : runtime{r}, index{n}, kind{k} {}
    worker(const worker&) = delete;
    worker& operator=(const worker&) = delete;
    ~worker() { message_timers::give_back(later); }

    runtime_state& runtime; // ours, also when another has been started since
    std::uint16_t index;    // among all threads
    thread_class kind;

    // --- fibers ---
    fiber* current = nullptr;
    free_fibers free;
    fiber* ready_head = nullptr;
    fiber* ready_tail = nullptr;
    std::size_t fibers = 0;
    std::vector<fiber*> abandoned; // never run again, not counted among them
    boost::fibers::context* dispatcher = nullptr;
    boost::fibers::context* main = nullptr;
    bool dispatcher_ready = false;
    bool main_ready = false;
    bool want_dispatcher = false;
    void** exceptions = nullptr;
    sanitizer::stack_info dispatcher_stack, main_stack;
    sanitizer::stack_info* stack = nullptr; // of what runs now

    // --- what wants to run ---
    lifo_slot newest;
    unsigned newest_in_a_row = 0;
    unsigned turn = 0;
    unsigned looked_at_io = 0;            // in turns
    unsigned turns_between_io_looks = 64; // at most; fewer where there is much of it
    bool look_at_all = false;             // the queues of all come first this time
    bool helping = false;                 // a spare that does a normal thread's work
    int search_rounds = 50; // before it sleeps; more of them where it was woken at once
    run_queue queue;
    overflow_queue handed_over; // functions that begin here; added by others
    alignas(64) std::atomic<envelope*> remote{
        nullptr}; // envelopes from other threads, newest first
    std::atomic<bool> boost_notified{false};

    wait_timers wheel;
    message_timers& later{message_timers::take()};
    std::vector<due_message> letters; // to be sent by fire_timers
    timer_slack pace;                 // of them
    thread_parker place;
    timer_hook rest;                 // a second after it slept
    std::uint64_t rest_armed_at = 0; // in steps
    std::uint64_t rested_at = 0;
    simulated* sim = nullptr;

    // Written here, read by all.
    std::atomic<std::uint64_t> created{0}, exited{0};
    std::atomic<std::uint32_t> functions_here{0}; // functions that live here until they end
    std::promise<void> begun;                     // or why it could not begin
    std::atomic<std::uint64_t> steps{0};          // as long as it stands still, the same code runs
    std::atomic<process*> runs{nullptr};          // whose

    // --- what the watchdog thread says (watchdog.hpp) ---
    static constexpr std::uint32_t flag_time_has_passed =
        1; // time has passed: timers, I/O, the others
    static constexpr std::uint32_t flag_over_time_slice =
        2; // what runs has exceeded its time_slice
    std::atomic<std::uint32_t> watchdog_flags{0};
    std::atomic<std::uint64_t> offence_step{0};
    std::atomic<std::int64_t> offence_cpu{0}; // ns that the thread had used when it was first seen
    std::atomic<bool> stuck{false};           // others may take what waits here
    std::atomic<int> tid{0};                  // 0: does not run yet
    const std::uint32_t* processor = nullptr; // where it stands, once `tid` is known
    std::chrono::nanoseconds low_priority_turn_began{0};
    stack_sample sample; // of this thread, for the watchdog thread

    valgrind::known_stack known_dispatcher_stack, known_main_stack;

    // --- handlers of Asio ---
    fiber* io = nullptr;         // runs them, in no process
    bool io_sleeps_next = false; // until `sleep_until`
    bool handler_waits = false;  // on `io`: no other handler runs here until it goes on
    time_limit::clock::time_point sleep_until;
    std::atomic<bool> in_handlers{false}; // for the watchdog thread
    valgrind::known_stack known_io_stack;

    /// Before each piece of user code: a message, or the rest of one after a wait.
    void step(process* p) noexcept {
        // Release: see name_readers.hpp.
        runs.store(p, std::memory_order_release);
        steps.store(steps.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    }

    process* process_now() const noexcept { return current ? current->current : nullptr; }

    /// Does what is scheduled here run here?
    bool keeps_work() const noexcept { return kind == thread_class::normal || helping; }

    // --- own thread only ---
    void make_ready(fiber& f) noexcept;
    void make_ready(wait_op& op) noexcept {
        op.result = op.result == wait_op::outcome::waiting ? wait_op::outcome::woken : op.result;
        make_ready(*op.who);
    }
    /// Lets others run until the current fiber is made ready.
    void block();
    /// Lets others run first.
    void yield();
    void switch_to(fiber& f);
    /// The same, where it may be the current one; null: the dispatcher, which sleeps.
    void leave_to(fiber* next);
    /// A fiber that will run `p`. Null when there are no more stacks.
    fiber* fiber_for(process& p);
    void arm(wait_op& op, time_limit limit);
    /// Timers, and I/O from time to time: then it returns the fiber that is to look at it.
    fiber* poll();
    void look_at_io();
    /// Of waits, and of messages for later.
    void fire_timers(time_limit::clock::time_point now);
    time_limit::clock::time_point next_timer() const noexcept {
        return std::min(wheel.next(), later.next());
    }
    /// The same for a thread that wants to sleep.
    time_limit::clock::time_point wake_up_time() const noexcept {
        return std::min(wheel.next(), pace.wake_up_time(later.next()));
    }

    // --- the loop ---
    void run_thread();
    void set_up();
    fiber* choose();
    fiber* choose_by_seed();
    process* next_of_class();
    process* next_process();
    bool is_placed_elsewhere(process& p);
    bool another_is_roomier() const noexcept;
    worker& least_loaded() const noexcept;
    std::size_t load_of_functions() const noexcept {
        return functions_here.load(std::memory_order_relaxed) + handed_over.size();
    }
    process* next_handed_over();
    process* steal();
    process* refill();
    void wait_for_stack(process& p);
    process* next_without_stack();
    void drain_remote();
    bool is_any_fiber_ready() const noexcept;
    bool has_work() const noexcept;
    bool any_work() const noexcept;
    bool may_end() const noexcept;
    bool find_work();
    bool helps();
    void stop_helping();
    idle_threads& idle_list() const noexcept;
    void idle(time_limit::clock::time_point boost_deadline);
    void nap();
    void arm_rest(time_limit::clock::time_point now);
    void trim_idle_memory();
    void fiber_main(fiber& self);
    void end(fiber& f) noexcept;
    fiber* new_fiber();
    void new_io_fiber();
    void io_main(fiber& self);
    void handler_begins_to_wait();
    void run(process& p);
    time_limit::clock::time_point now() const noexcept {
        return sim ? virtual_now() : time_limit::clock::now();
    }
    time_limit::clock::time_point virtual_now() const noexcept;
};

extern constinit thread_local worker* this_worker;

/// The process that runs on this thread; null on a plain thread.
inline process* current_process() noexcept {
    worker* w = this_worker;
    return w ? w->process_now() : nullptr;
}

/// Makes a process run that the caller owns. Any thread.
void schedule(process& p);
/// The same, behind everything that wants to run on this thread already.
void schedule_last(worker& w, process& p);
/// Sends an envelope to be handled on `w`'s thread. Any thread.
void send_to(worker& w, envelope* n);

} // namespace coppice::detail
