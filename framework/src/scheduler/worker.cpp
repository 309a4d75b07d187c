// SPDX-License-Identifier: BSL-1.0
#include "scheduler/worker.hpp"
#include "memory/stack_pool.hpp"
#include "process/envelope_tables.hpp"
#include "process/guarded.hpp"
#include "process/process_table.hpp"
#include "scheduler/cpu_affinity.hpp"
#include "scheduler/low_priority_queue.hpp"
#include "scheduler/name_readers.hpp"
#include "scheduler/process_runner.hpp"
#include "scheduler/runtime_state.hpp"
#include "scheduler/stack_overflow.hpp"
#include <boost/context/protected_fixedsize_stack.hpp>
#include <boost/fiber/operations.hpp>
#include <boost/fiber/scheduler.hpp>
#include <sys/syscall.h>
#include <unistd.h>

namespace coppice::detail {

constinit thread_local worker* this_worker = nullptr;
constinit std::atomic<runtime_state*> the_runtime{nullptr};
constinit runtime_gate the_gate;
constinit thread_local runtime_guard::outermost runtime_guard::mine_;

[[gnu::noinline]] runtime_state* runtime_guard::enter() noexcept {
    const unsigned side = the_gate.enter();
    mine_ = {.inside = true,
             .side = side,
             .runtime =
                 the_runtime.load(std::memory_order_seq_cst)}; // behind the count: see the gate
    return mine_.runtime;
}

[[gnu::noinline]] void runtime_guard::leave_gate() noexcept {
    mine_.inside = false;
    the_gate.leave(mine_.side);
}

namespace {

/// Boost.Fiber asks this when one of its primitives blocks a fiber and when a thread has nothing to
/// do. Our own switches go past it.
class fiber_algorithm final : public boost::fibers::algo::algorithm {
public:
    explicit fiber_algorithm(worker* w) : w_{*w} {}

    void awakened(boost::fibers::context* c) noexcept override {
        if (c->is_context(boost::fibers::type::dispatcher_context)) {
            w_.contexts.dispatcher = c;
            w_.contexts.dispatcher_ready = true;
        } else if (c->is_context(boost::fibers::type::main_context))
            w_.contexts.main_ready = true;
        else
            w_.make_ready(*static_cast<fiber*>(c->get_properties()));
    }

    COPPICE_UNSEEN_BY_TSAN boost::fibers::context* pick_next() noexcept override {
        fiber* self = w_.current;
        sanitizer::stack_info* from = self && self->quit ? nullptr : w_.contexts.stack;
        fiber* f = nullptr;
        if (self && self->duty != fiber::io_duty::none)
            w_.handler_begins_to_wait();
        if (std::exchange(w_.io_sleeps_next, false) && !w_.is_any_fiber_ready()) {
            w_.io->duty = fiber::io_duty::sleep;
            f = w_.io;
        } else if (has_ended() || (w_.contexts.want_dispatcher && w_.contexts.dispatcher_ready))
            w_.contexts.want_dispatcher = false;
        else if (f = w_.choose(); f && f == self) {
            // It became ready while it was about to sleep. The active context must never be
            // returned, so it goes through the dispatcher.
            w_.make_ready(*f);
            f = nullptr;
        }
        exception_state& mine = self ? self->exceptions : outside_;
        exception_state::swap(w_.contexts.exceptions, mine, f ? f->exceptions : outside_);
        w_.current = f;
        w_.watched.step(f ? f->current : nullptr);
        if (f)
            return enter(from, f->stack, f->context);
        if (w_.contexts.main_ready) {
            w_.contexts.main_ready = false;
            return enter(from, w_.contexts.main_stack, w_.contexts.main);
        }
        if (w_.contexts.dispatcher_ready) {
            w_.contexts.dispatcher_ready = false;
            return enter(from, dispatcher_stack(), w_.contexts.dispatcher);
        }
        return nullptr; // it is the dispatcher that asks
    }

    bool has_ready_fibers() const noexcept override { return w_.has_work(); }

    void suspend_until(const std::chrono::steady_clock::time_point& deadline) noexcept override {
        sanitizer::after_switch(dispatcher_stack());
        if (has_ended())
            return;
        if (w_.handler_waits)
            return w_.nap();
        if (!w_.io)
            return w_.idle(deadline); // the thread ends
        w_.sleep_until = deadline;    // the dispatcher asks pick_next again
        w_.io_sleeps_next = true;
    }

    void notify() noexcept override {
        const runtime_guard here;
        w_.boost_notified.store(true, std::memory_order_seq_cst);
        idle_threads::published_to(w_.place);
    }

private:
    /// Boost takes its scheduler down: no timer may fire here any more, and nothing is chosen.
    static bool has_ended() noexcept { return !this_worker; }

    COPPICE_UNSEEN_BY_TSAN boost::fibers::context* enter(sanitizer::stack_info* from,
                                                         sanitizer::stack_info& to,
                                                         boost::fibers::context* c) noexcept {
        if (!from)
            sanitizer::will_be_unwound_by(dispatcher_stack());
        sanitizer::before_switch(from, to);
        w_.contexts.stack = &to;
        return c;
    }
    sanitizer::stack_info& dispatcher_stack() noexcept {
        sanitizer::stack_info& s = w_.contexts.dispatcher_stack;
        if (!s.bottom && w_.contexts.dispatcher) {
            // Boost puts the context at the top of the stack that it makes for it.
            s.size = boost::context::stack_traits::default_size();
            s.bottom = reinterpret_cast<char*>(w_.contexts.dispatcher) + 512 - s.size;
            w_.contexts.known_dispatcher_stack.is(s.bottom, s.size);
        }
        return s;
    }

    worker& w_;
    exception_state outside_;
};

struct wakeup_envelope final : envelope {
    explicit wakeup_envelope(process& q) : envelope{operations}, p{q} {}
    process& p;
    static void handle(envelope* n, void* w) {
        auto* self = static_cast<wakeup_envelope*>(n);
        process& p = self->p;
        dispose(self);
        if (p.bound)
            static_cast<worker*>(w)->make_ready(*p.bound);
        else
            schedule(p);
    }
    static constexpr envelope_ops operations = between_threads("wake", &handle);
};

} // namespace

time_limit::clock::time_point clock_now() noexcept {
    if (const worker* w = this_worker) // of a runtime that left it behind, perhaps
        return w->now();
    const virtual_clock* v = the_virtual_clock.load(std::memory_order_acquire);
    return v ? v->now() : time_limit::clock::now();
}

time_limit::clock::time_point worker::virtual_now() const noexcept { return sim->time.now(); }

// --- fibers ---

void worker::make_ready(fiber& f) noexcept {
    if (sim) {
        sim->waiting.push_back({.resumed = &f});
        return;
    }
    ready.push(f);
}

void worker::switch_to(fiber& f) {
    fiber& self = *current;
    exception_state::swap(contexts.exceptions, self.exceptions, f.exceptions);
    current = &f;
    watched.step(f.current);
    contexts.stack = &f.stack;
    sanitizer::before_switch(&self.stack, f.stack);
    f.context->resume();
    sanitizer::after_switch(self.stack);
}

void worker::leave_to(fiber* next) {
    fiber& self = *current;
    if (next == &self)
        return;
    if (next)
        return switch_to(*next);
    contexts.want_dispatcher = true;
    self.context->suspend();
    sanitizer::after_switch(self.stack);
}

void worker::block() {
    fiber& self = *current;
    if (watched.is_told_of_time_slice() && self.current)
        charge_cpu(*this, *self.current);
    if (fiber* const next = choose(); next != &self)
        leave_to(next);
    else
        watched.step(self.current);
}

void worker::yield() {
    make_ready(*current);
    turn |= 1; // an even turn comes next: processes before fibers, the yielding one last
    block();
}

fiber* worker::new_fiber() {
    std::unique_ptr<fiber> f;
    try {
        f = std::make_unique<fiber>(*this);
        auto c = boost::fibers::make_worker_context_with_properties(
            boost::fibers::launch::post, f.get(), stack_pool{}, [f = f.get()] {
                sanitizer::after_switch(f->stack);
                f->owner.fiber_main(*f);
            });
        f->context = c.get();
        boost::fibers::context::active()->attach(c.get()); // it keeps itself until it ends
    } catch (const std::bad_alloc&) {
        return nullptr;
    }
    f->stack = stack_pool::last();
    ++fibers;
    return f.release(); // its context owns it
}

void worker::fiber_main(fiber& self) {
    while (!self.quit) {
        if (process* p = std::exchange(self.assigned, nullptr)) {
            self.current = p;
            watched.step(p);
            run(*p);
            self.current = nullptr;
            watched.step(nullptr);
        }
        free.push(self);
        leave_to(choose());
    }
    --fibers;
}

namespace {
/// A stack with a guard page, beside those of the pool, which may all be taken.
struct io_stack {
    boost::context::protected_fixedsize_stack base{boost::context::stack_traits::default_size()};
    sanitizer::stack_info* info;

    boost::context::stack_context allocate() {
        boost::context::stack_context s = base.allocate();
        info->size = s.size;
        info->bottom = static_cast<char*>(s.sp) - s.size;
        return s;
    }
    void deallocate(boost::context::stack_context& s) noexcept { base.deallocate(s); }
};
} // namespace

void worker::new_io_fiber() {
    auto f = std::make_unique<fiber>(*this);
    io = f.get();
    auto c = boost::fibers::make_worker_context_with_properties(
        boost::fibers::launch::post, io, io_stack{.info = &io->stack}, [this, f = io] {
            sanitizer::after_switch(f->stack);
            io_main(*f);
        });
    io->context = c.get();
    boost::fibers::context::active()->attach(c.get()); // it keeps itself until it ends
    contexts.known_io_stack.is(io->stack.bottom, io->stack.size);
    ++fibers;
    (void)f.release(); // its context owns it
}

void worker::io_main(fiber& self) {
    while (!self.quit) {
        if (self.duty == fiber::io_duty::sleep)
            idle(sleep_until);
        else if (self.duty == fiber::io_duty::look)
            look_at_io();
        self.duty = fiber::io_duty::none;
        handler_waits = false;
        leave_to(contexts.want_dispatcher ? nullptr : choose());
    }
    --fibers;
}

void worker::handler_begins_to_wait() {
    handler_waits = true;
    watched.set_in_handlers(false);
    // It may run where the thread sleeps. The thread goes on without it, so it neither sleeps nor
    // searches.
    idle_list().leave(place);
    idle_list().end_search(place);
}

void worker::end(fiber& f) noexcept {
    f.quit = true;
    make_ready(f);
}

void worker::run(process& p) {
    if (p.raw)
        run_raw(*this, p);
    else
        run_server(*this, p);
}

// --- the thread ---

namespace {
/// Made before Boost's thread-local scheduler, so that it goes after it.
struct thread_end {
    sanitizer::stack_info* stack = nullptr;
    ~thread_end() {
        if (stack)
            sanitizer::leave_thread(*stack);
    }
};
} // namespace

void worker::set_up() {
    this_worker = this;
    if (!sim)
        enter_class(kind);
    constexpr const char* kinds[] = {"coppice/", "coppice/low", "coppice/standby"};
    name_thread(kinds[static_cast<std::size_t>(kind)] + std::to_string(index));
    watched.has_begun(static_cast<int>(syscall(SYS_gettid)), processor_of_this_thread());
    static thread_local thread_end at_end;
    at_end.stack = &contexts.main_stack;
    boost::fibers::use_scheduling_algorithm<fiber_algorithm>(this);
    contexts.main = boost::fibers::context::active();
    contexts.exceptions = exception_state::of_thread();
    sanitizer::adopt_thread(contexts.main_stack);
    contexts.known_main_stack.is(contexts.main_stack.bottom, contexts.main_stack.size);
    contexts.stack = &contexts.main_stack;
    timers.start(now());
    name_readers::add_thread(*this);
    new_io_fiber();
}

void worker::run_thread() {
    const signal_stack for_overflows;
    std::exception_ptr failed;
    run_and_keep_exception([this] { set_up(); }, failed);
    if (failed) {
        this_worker = nullptr;
        return begun.set_exception(std::move(failed));
    }
    begun.set_value();
    contexts.main->suspend(); // until the runtime stops and nothing is left to do
    sanitizer::after_switch(contexts.main_stack);
    if (fiber* const f = std::exchange(io, nullptr); !handler_waits)
        end(*f);
    else { // for something that will not happen any more: its stack is left
        (void)f->context->create_waker(); // what it waits for may still come, and must not wake it
        f->context->detach();
        sanitizer::keep_for_ever(f->stack);
        --fibers;
    }
    while (fibers > 0) {
        while (fiber* f = free.pop())
            end(*f);
        contexts.main_ready = true;
        contexts.main->suspend();
        sanitizer::after_switch(contexts.main_stack);
    }
    for (fiber* f : abandoned) // Boost's scheduler would wait for them
        f->context->detach();
    drain_remote(); // answers that came back to callers that have exited
    timers.send_all();
    process_table::flush_cache();
    name_readers::remove_thread(*this);
    // What a thread_local's destructor does is done by a plain thread.
    this_worker = nullptr;
}

// --- from anywhere ---

void send_to(worker& w, envelope* n) {
    const runtime_guard here; // from before the envelope can be seen
    envelope* seen = w.remote.load(std::memory_order_relaxed);
    do
        n->next = seen;
    while (!w.remote.compare_exchange_weak(seen, n, std::memory_order_seq_cst,
                                           std::memory_order_relaxed));
    if (!seen) // the one that found it empty wakes; an earlier one still owes its wake
        idle_threads::published_to(w.place);
}

namespace {

/// What fits the thread that we are on least often.
[[gnu::noinline]] void schedule_elsewhere(worker* w, process& p) {
    if (fiber* f = p.bound)
        return send_to(f->owner, make_envelope<wakeup_envelope>(p));
    const runtime_guard here;
    if (!here.runtime())
        return; // the runtime has stopped, and left this process behind
    runtime_state& r = *here.runtime();
    if (r.sim) {
        if (!w)
            return send_to(r.any_worker(), make_envelope<wakeup_envelope>(p));
        w->sim->waiting.push_back({.started = &p});
        return;
    }
    if (p.low_priority)
        return r.low_priority.add(p);
    r.overflow.add(&p);
    r.idle.published();
}

[[gnu::noinline]] void enqueue(worker& w, process& p) {
    w.queue.push(&p, w.runtime.overflow);
    w.runtime.idle.published();
}

} // namespace

void schedule(process& p) {
    worker* const w = this_worker;
    if (fiber* const f = p.bound) {
        if (&f->owner == w)
            return w->make_ready(*f);
    } else if (w && !w->sim && w->keeps_work() && !p.low_priority) {
        // Behind a handler that is stuck nothing may wait where others do not see it.
        if (process* const waits = w->watched.is_stuck() ? &p : w->newest.put(p))
            enqueue(*w, *waits);
        return;
    }
    schedule_elsewhere(w, p);
}

void schedule_last(worker& w, process& p) {
    if (w.sim || p.low_priority || !w.keeps_work())
        return schedule(p);
    enqueue(w, p);
}

void worker::arm(wait_op& op, time_limit timeout) {
    if (timeout.is_infinite())
        return;
    op.fire = [](timer_hook* h) {
        auto& o = static_cast<wait_op&>(*h);
        if (o.result != wait_op::outcome::waiting)
            return;
        o.result = wait_op::outcome::timed_out;
        if (o.give_up(o))
            o.who->owner.make_ready(*o.who);
    };
    using namespace std::chrono_literals;
    if (!timeout.is_absolute() && timeout.length() >= 1s && !sim)
        return timers.waits.arm_at_next_look(op, timeout.length());
    const auto due = timeout.is_absolute() ? timeout.deadline({}) : timeout.deadline(now());
    timers.waits.arm(op, wait_timers::tick_of(due));
}

} // namespace coppice::detail
