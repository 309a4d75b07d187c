// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "process/process.hpp"
#include "scheduler/fiber.hpp"
#include "scheduler/idle_threads.hpp"
#include "scheduler/lifo_slot.hpp"
#include "scheduler/run_queue.hpp"
#include "scheduler/simulation_state.hpp"
#include "scheduler/stack_sample.hpp"
#include "scheduler/thread_class.hpp"
#include "scheduler/thread_contexts.hpp"
#include "scheduler/thread_timers.hpp"
#include "scheduler/wait_op.hpp"
#include "scheduler/watched_thread.hpp"
#include <future>
#include <memory>
#include <thread>
#include <utility>

namespace coppice::detail {

struct worker;
struct runtime_state;

/// A thread of the runtime.
struct worker {
    worker(runtime_state& r, std::uint16_t n, thread_class k) : runtime{r}, index{n}, kind{k} {}
    worker(const worker&) = delete;
    worker& operator=(const worker&) = delete;

    runtime_state& runtime; // ours, also when another has been started since
    std::uint16_t index;    // among all threads
    thread_class kind;

    // --- fibers ---
    fiber* current = nullptr;
    free_fibers free;
    ready_fibers ready;
    std::size_t fibers = 0;
    std::vector<fiber*> abandoned; // never run again, not counted among them
    thread_contexts contexts;

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

    // --- when nothing does ---
    thread_timers timers;
    thread_parker place;
    timer_hook rest;                 // a second after it slept
    std::uint64_t rest_armed_at = 0; // in steps
    std::uint64_t rested_at = 0;
    simulated* sim = nullptr;

    // --- what other threads see ---
    std::atomic<const void*> reads{nullptr}; // a biased_lock that is held to read here
    std::atomic<std::uint64_t> created{0}, exited{0};
    std::atomic<std::uint32_t> functions_here{0}; // functions that live here until they end
    std::promise<void> begun;                     // or why it could not begin
    watched_thread watched;
    stack_sample sample; // of this thread, for the watchdog thread
    std::chrono::nanoseconds low_priority_turn_began{0};

    // --- handlers of Asio ---
    fiber* io = nullptr;         // runs them, in no process
    bool io_sleeps_next = false; // until `sleep_until`
    bool handler_waits = false;  // on `io`: no other handler runs here until it goes on
    time_limit::clock::time_point sleep_until;

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
    void arm(wait_op& op, time_limit timeout);
    /// Timers, and I/O from time to time: then it returns the fiber that is to look at it.
    fiber* poll();
    void look_at_io();
    /// Of waits, and of messages for later.
    void fire_timers(time_limit::clock::time_point now);

    // --- the loop ---
    void run_thread();
    void set_up();
    fiber* choose();
    fiber* choose_by_seed();
    void before_explored_choice();
    bool is_delayed(const simulated::runnable& r);
    bool ends_explored_wait();
    void tell_explorer(const fiber& f, const simulated::runnable& r);
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
    /// At most `now`, and not long before it: what the clock said at the thread's last look, unless
    /// the watchdog thread has said since that time has passed.
    time_limit::clock::time_point recent_now() const noexcept {
        return sim || watched.is_told_of_time() ? now() : timers.waits.last_look();
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
