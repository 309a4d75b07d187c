// SPDX-License-Identifier: BSL-1.0
// What a thread runs next.
#include "log/report_events.hpp"
#include "process/process_extras.hpp"
#include "scheduler/low_priority_queue.hpp"
#include "scheduler/runtime_state.hpp"
#include "scheduler/worker.hpp"

namespace coppice::detail {
namespace {

constexpr unsigned turns_between_clock_looks = 16;
constexpr unsigned fewest_turns_between_io_looks = 16, most_turns_between_io_looks = 64;
constexpr unsigned newest_at_most_in_a_row = 16;

/// What a thread does between two processes is done by neither, though it stands on the stack of
/// the one that waits: what messages do when they are dropped, for example.
class between_processes {
public:
    explicit between_processes(worker& w) noexcept
        : w_{w}, before_{std::exchange(w.current, nullptr)} {}
    ~between_processes() { w_.current = before_; }
    between_processes(const between_processes&) = delete;
    between_processes& operator=(const between_processes&) = delete;

private:
    worker& w_;
    fiber* before_;
};

} // namespace

process* worker::next_of_class() {
    if (kind == thread_class::low_priority) {
        process* p = runtime.low_priority.take(now());
        if (p)
            begin_low_priority_turn(*this);
        return p;
    }
    return kind == thread_class::normal || helps() ? next_process() : nullptr;
}

process* worker::next_process() {
    if (turn & 2)
        if (process* p = next_handed_over())
            return p;
    if ((turn & 63) == 0 || std::exchange(look_at_all, false)) {
        if (process* p = next_without_stack())
            return p;
        if (process* p = refill())
            return p;
    }
    if (newest && (++newest_in_a_row <= newest_at_most_in_a_row || queue.empty()))
        if (process* p = newest.take())
            return p;
    newest_in_a_row = 0;
    if (process* p = queue.pop())
        return p;
    if (process* p = newest.take())
        return p;
    if (process* p = next_handed_over())
        return p;
    if (process* p = refill())
        return p;
    return next_without_stack();
}

process* worker::next_handed_over() {
    return handed_over.empty() ? nullptr : handed_over.pop(1, 0, [](process*) {});
}

process* worker::refill() {
    if (runtime.overflow.empty())
        return nullptr;
    process* p = queue.refill(runtime.overflow, runtime.normal_threads);
    if (p && !queue.empty())
        runtime.idle.published(); // what came with it can be stolen
    return p;
}

// All stacks are in use, each by a process that waits inside a handler or runs. A process that
// needs one waits in a queue of its own, so that no thread spins on it. A stack becomes free on the
// thread that looks here next, and a thread that sleeps with free ones is woken: no process is
// forgotten.

void worker::wait_for_stack(process& p) {
    p.placed = placement::anywhere;
    runtime.stackless.add(&p);
    runtime.idle.published();
    if (!runtime.told_out_of_stacks.exchange(true, std::memory_order_relaxed)) {
        const between_processes here{*this};
        report_out_of_stacks();
    }
}

process* worker::next_without_stack() {
    return free && !runtime.stackless.empty() ? runtime.stackless.pop(1, 0, [](process*) {})
                                              : nullptr;
}

process* worker::steal() {
    const auto& all = runtime.workers;
    for (std::size_t i = 1; i < all.size(); ++i)
        if (process* p = queue.steal_from(all[(index + i) % all.size()]->queue))
            return p;
    return nullptr;
}

// --- standby threads: as many help as the watchdog thread wants ---

bool worker::helps() {
    auto& helpers = runtime.helpers;
    unsigned n = helpers.load(std::memory_order_relaxed);
    const unsigned wanted = runtime.helpers_wanted.load(std::memory_order_relaxed);
    if (helping) {
        while (n > wanted)
            if (helpers.compare_exchange_weak(n, n - 1, std::memory_order_relaxed)) {
                stop_helping();
                return false;
            }
        return true;
    }
    while (n < wanted)
        if (helpers.compare_exchange_weak(n, n + 1, std::memory_order_relaxed))
            return helping = true;
    return false;
}

void worker::stop_helping() {
    helping = false;
    if (process* p = newest.take())
        runtime.overflow.add(p);
    while (process* p = queue.pop())
        runtime.overflow.add(p);
    runtime.idle.published();
}

void worker::drain_remote() {
    const between_processes here{*this};
    envelope* newest_first = remote.exchange(nullptr, std::memory_order_acquire);
    envelope* n = nullptr;
    while (newest_first) {
        envelope* next = newest_first->next;
        newest_first->next = n;
        n = newest_first;
        newest_first = next;
    }
    while (n) {
        envelope* next = n->next;
        n->ops->handle(n, this);
        n = next;
    }
}

void worker::fire_timers(time_limit::clock::time_point now) {
    const between_processes here{*this};
    timers.fire(now);
}

void worker::look_at_io() {
    watched.set_in_handlers(true);
    // Where something was found there will soon be more; a look for nothing is a system call.
    turns_between_io_looks =
        place.poll() > 0 ? fewest_turns_between_io_looks
                         : std::min(turns_between_io_looks * 2, most_turns_between_io_looks);
    watched.set_in_handlers(false);
}

fiber* worker::poll() {
    const bool time_has_passed = watched.is_told_of_time();
    if (time_has_passed) {
        watched.forget_time();
        look_at_all = true;
    }
    fire_timers(now());
    if ((!time_has_passed && turn - looked_at_io < turns_between_io_looks) || handler_waits || !io)
        return nullptr;
    looked_at_io = turn;
    io->duty = fiber::io_duty::look;
    return io;
}

fiber* worker::fiber_for(process& p) {
    fiber* f = free.pop();
    if (!f)
        f = new_fiber();
    if (!f)
        return nullptr;
    f->assigned = &p;
    return f;
}

// --- a simulation ---

exploration* current_exploration() noexcept {
    const worker* w = this_worker;
    return w && w->sim ? w->sim->explored.get() : nullptr;
}

namespace {
/// What it is, to people: its name is added by what explores.
std::string_view kind_of(const process& p) noexcept {
    if (const rare_extras* x = rare_if_any(p); x && !x->label.empty())
        return x->label;
    return p.server ? p.server->name : p.raw ? p.raw->name : std::string_view{"process"};
}
} // namespace

void worker::before_explored_choice() {
    {
        const between_processes here{*this};
        sim->explored->before_choice();
    }
    if (remote.load(std::memory_order_relaxed)) // it has killed a process that is blocked
        drain_remote();
}

/// A server that has been chosen may be a slow one: it holds its message for a while, as others
/// see it, and is chosen again.
bool worker::is_delayed(const simulated::runnable& r) {
    if (!sim->explored || !r.started || !r.started->server || r.was_delayed)
        return false;
    const auto d = sim->explored->delay(r.started->self(), kind_of(*r.started));
    if (d <= d.zero())
        return false;
    sim->slow.push_back(
        {.what = {.started = r.started, .was_delayed = true}, .until = saturated_sum(now(), d)});
    return true;
}

/// No process can run, and none will. True: something has been done about it.
bool worker::ends_explored_wait() {
    bool done = false;
    {
        const between_processes here{*this};
        done = sim->explored->nothing_can_run();
    }
    if (remote.load(std::memory_order_relaxed))
        drain_remote();
    return done;
}

void worker::tell_explorer(const fiber& f, const simulated::runnable& r) {
    if (const process* p = r.started ? r.started : f.current)
        sim->explored->runs(p->self(), kind_of(*p));
}

fiber* worker::choose_by_seed() {
    for (;;) {
        if (process* p = next_without_stack())
            sim->waiting.push_back({.started = p});
        if (sim->explored)
            before_explored_choice();
        for (;;) {
            fire_timers(now());
            sim->end_delays(now());
            if (!sim->waiting.empty())
                break;
            const auto next = std::min(timers.next(), sim->next_delay());
            // Time does not jump over what another thread wants: the last timer may lie for ever
            // ahead.
            if (remote.load(std::memory_order_relaxed) ||
                runtime.stopping.load(std::memory_order_relaxed))
                return nullptr;
            if (next != time_limit::clock::time_point::max())
                sim->time.advance_to(std::max(now(), next));
            else if (!sim->explored || !ends_explored_wait())
                return nullptr;
        }
        const auto r = sim->pick();
        if (is_delayed(r))
            continue;
        if (fiber* f = r.resumed ? r.resumed : fiber_for(*r.started)) {
            if (sim->explored)
                tell_explorer(*f, r);
            return f;
        }
        wait_for_stack(*r.started);
    }
}

fiber* worker::choose() {
    if (remote.load(std::memory_order_relaxed))
        drain_remote();
    if (sim)
        return choose_by_seed();
    if (++turn % turns_between_clock_looks == 0 || watched.is_told_of_time())
        if (fiber* f = poll()) {
            --turn; // what it does is none: whose turn it is does not change
            return f;
        }
    if (ready && (turn & 1))
        return ready.pop();
    while (process* p = next_of_class()) {
        if (p->raw && is_placed_elsewhere(*p))
            continue;
        if (fiber* f = fiber_for(*p))
            return f;
        wait_for_stack(*p);
        break;
    }
    return ready.pop();
}

} // namespace coppice::detail
