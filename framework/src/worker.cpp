// SPDX-License-Identifier: BSL-1.0
#include "worker.hpp"
#include "heavy_lane.hpp"
#include "node_pool.hpp"
#include "processors.hpp"
#include "report_events.hpp"
#include "run_process.hpp"
#include "runtime_state.hpp"
#include "slots.hpp"
#include "stack_overflow.hpp"
#include "stack_pool.hpp"
#include <boost/assert.hpp>
#include <boost/fiber/operations.hpp>
#include <boost/fiber/scheduler.hpp>
#include <ctime>
#include <sys/syscall.h>
#include <unistd.h>

namespace coppice::detail {

constinit thread_local worker* this_worker = nullptr;
constinit std::atomic<runtime_state*> the_runtime{nullptr};
constinit std::atomic<int> guests{0};

namespace {

constexpr unsigned turns_between_clock_looks = 16;
constexpr unsigned fewest_turns_between_io_looks = 16, most_turns_between_io_looks = 64;
constexpr unsigned newest_at_most_in_a_row = 16;
constexpr int fewest_search_rounds = 50, most_search_rounds = 400; // one takes some 30 ns
constexpr std::size_t kept_fibers = 16;
constexpr auto time_before_rest = std::chrono::seconds{1};
constexpr std::uint64_t worth_a_rest = 64; // steps
constexpr std::uint64_t few_steps = 1000;
constexpr auto short_sleep = std::chrono::microseconds{20};

/// The runtime of this thread; on a plain thread, the one that runs.
runtime_state& rt() {
    worker* w = this_worker;
    return w ? w->runtime : *the_runtime.load(std::memory_order_relaxed);
}

/// Boost.Fiber asks this when one of its primitives blocks a fiber and when a thread has nothing to
/// do. Our own switches go past it.
class fiber_algorithm final : public boost::fibers::algo::algorithm {
public:
    explicit fiber_algorithm(worker* w) : w_{*w} {}

    void awakened(boost::fibers::context* c) noexcept override {
        if (c->is_context(boost::fibers::type::dispatcher_context)) {
            w_.dispatcher = c;
            w_.dispatcher_ready = true;
        } else if (c->is_context(boost::fibers::type::main_context))
            w_.main_ready = true;
        else
            w_.make_ready(*static_cast<fiber*>(c->get_properties()));
    }

    COPPICE_UNSEEN_BY_TSAN boost::fibers::context* pick_next() noexcept override {
        fiber* self = w_.current;
        sanitizer::stack_info* from = self && self->quit ? nullptr : w_.stack;
        fiber* f = nullptr;
        if (w_.want_dispatcher && w_.dispatcher_ready)
            w_.want_dispatcher = false;
        else if (f = w_.choose(); f && f == self) {
            // It became ready while it was about to sleep. The active context must never be
            // returned, so it goes through the dispatcher.
            w_.make_ready(*f);
            f = nullptr;
        }
        exception_state& mine = self ? self->exceptions : outside_;
        exception_state::swap(w_.exceptions, mine, f ? f->exceptions : outside_);
        w_.current = f;
        w_.step(f ? f->current : nullptr);
        if (f)
            return enter(from, f->stack, f->context);
        if (w_.main_ready) {
            w_.main_ready = false;
            return enter(from, w_.main_stack, w_.main);
        }
        if (w_.dispatcher_ready) {
            w_.dispatcher_ready = false;
            return enter(from, dispatcher_stack(), w_.dispatcher);
        }
        return nullptr; // it is the dispatcher that asks
    }

    bool has_ready_fibers() const noexcept override { return w_.has_work(); }

    void suspend_until(const std::chrono::steady_clock::time_point& deadline) noexcept override {
        sanitizer::after_switch(dispatcher_stack());
        w_.idle(deadline);
    }

    void notify() noexcept override {
        const visit here;
        w_.boost_notified.store(true, std::memory_order_seq_cst);
        idle_threads::published_to(w_.place);
    }

private:
    COPPICE_UNSEEN_BY_TSAN boost::fibers::context* enter(sanitizer::stack_info* from,
                                                         sanitizer::stack_info& to,
                                                         boost::fibers::context* c) noexcept {
        if (!from)
            sanitizer::will_be_unwound_by(dispatcher_stack());
        sanitizer::before_switch(from, to);
        w_.stack = &to;
        return c;
    }
    sanitizer::stack_info& dispatcher_stack() noexcept {
        sanitizer::stack_info& s = w_.dispatcher_stack;
        if (!s.bottom && w_.dispatcher) {
            // Boost puts the context at the top of the stack that it makes for it.
            s.size = boost::context::stack_traits::default_size();
            s.bottom = reinterpret_cast<char*>(w_.dispatcher) + 512 - s.size;
            w_.known_dispatcher_stack.is(s.bottom, s.size);
        }
        return s;
    }

    worker& w_;
    exception_state outside_;
};

struct wake_node final : node {
    explicit wake_node(process& q) : node{operations}, p{q} {}
    process& p;
    static void handle(node* n, void* w) {
        auto* self = static_cast<wake_node*>(n);
        process& p = self->p;
        dispose(self);
        if (p.bound)
            static_cast<worker*>(w)->make_ready(*p.bound);
        else
            schedule(p);
    }
    static constexpr node_ops operations{.what = node_ops::kind::runtime,
                                         .key = nullptr,
                                         .name = "wake",
                                         .handle = &handle,
                                         .drop = nullptr,
                                         .payload = nullptr};
};

} // namespace

time_limit::clock::time_point clock_now() noexcept {
    const runtime_state* r = the_runtime.load(std::memory_order_acquire);
    return r && r->sim ? r->sim->now : time_limit::clock::now();
}

time_limit::clock::time_point worker::now() const noexcept {
    return sim ? sim->now : time_limit::clock::now();
}

// --- fibers ---

void worker::make_ready(fiber& f) noexcept {
    if (sim) {
        sim->waiting.push_back({.resumed = &f});
        return;
    }
    f.next = nullptr;
    if (ready_tail)
        ready_tail->next = &f;
    else
        ready_head = &f;
    ready_tail = &f;
}

namespace {
fiber* pop_ready(worker& w) noexcept {
    fiber* f = w.ready_head;
    if (f) {
        w.ready_head = f->next;
        if (!w.ready_head)
            w.ready_tail = nullptr;
    }
    return f;
}
} // namespace

void worker::switch_to(fiber& f) {
    fiber& self = *current;
    exception_state::swap(exceptions, self.exceptions, f.exceptions);
    current = &f;
    step(f.current);
    stack = &f.stack;
    sanitizer::before_switch(&self.stack, f.stack);
    f.context->resume();
    sanitizer::after_switch(self.stack);
}

void worker::block() {
    fiber& self = *current;
    if (told.load(std::memory_order_relaxed) & told_offence && self.current)
        settle(*this, *self.current);
    fiber* f = choose();
    if (f == &self)
        return step(self.current);
    if (f)
        return switch_to(*f);
    want_dispatcher = true;
    self.context->suspend();
    sanitizer::after_switch(self.stack);
}

void worker::yield() {
    make_ready(*current);
    turn |= 1; // an even turn comes next: processes before fibers, the yielding one last
    block();
}

fiber* worker::new_fiber() {
    auto f = std::make_unique<fiber>(*this);
    try {
        auto c = boost::fibers::make_worker_context_with_properties(
            boost::fibers::launch::post, f.get(), stack_pool{}, [f = f.get()] {
                sanitizer::after_switch(f->stack);
                f->home.fiber_main(*f);
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

fiber* worker::fiber_for(process& p) {
    fiber* f = free.pop();
    if (!f)
        f = new_fiber();
    if (!f)
        return nullptr;
    f->assigned = &p;
    return f;
}

void worker::fiber_main(fiber& self) {
    while (!self.quit) {
        if (process* p = std::exchange(self.assigned, nullptr)) {
            self.current = p;
            step(p);
            run(*p);
            self.current = nullptr;
            step(nullptr);
        }
        free.push(self);
        fiber* f = choose();
        if (f == &self)
            continue;
        if (f)
            switch_to(*f);
        else {
            want_dispatcher = true;
            self.context->suspend();
            sanitizer::after_switch(self.stack);
        }
    }
    --fibers;
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

// --- choosing ---

process* worker::next_in_lane() {
    if (where == lane::heavy) {
        process* p = runtime.heavy.take(now());
        if (p)
            begin_heavy_turn(*this);
        return p;
    }
    return where == lane::normal || helps() ? next_process() : nullptr;
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
    if (rt().overflow.empty())
        return nullptr;
    process* p = queue.refill(rt().overflow, rt().normal_threads);
    if (p && !queue.empty())
        rt().idle.published(); // what came with it can be stolen
    return p;
}

// All stacks are in use, each by a process that waits inside a handler or runs. A process that needs
// one waits in a queue of its own, so that no thread spins on it. A stack becomes free on the thread
// that looks here next, and a thread that sleeps with free ones is woken: nobody is forgotten.

void worker::wait_for_stack(process& p) {
    p.settles = settling::anywhere;
    rt().stackless.add(&p);
    rt().idle.published();
    if (!rt().told_out_of_stacks.exchange(true, std::memory_order_relaxed)) {
        fiber* const self = std::exchange(current, nullptr); // it is nobody's report
        report_out_of_stacks();
        current = self;
    }
}

process* worker::next_without_stack() {
    return free && !rt().stackless.empty() ? rt().stackless.pop(1, 0, [](process*) {}) : nullptr;
}

process* worker::steal() {
    const auto& all = rt().workers;
    for (std::size_t i = 1; i < all.size(); ++i)
        if (process* p = queue.steal_from(all[(index + i) % all.size()]->queue))
            return p;
    return nullptr;
}

// --- spare threads: as many help as the monitor wants ---

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
    node* newest_first = remote.exchange(nullptr, std::memory_order_acquire);
    node* n = nullptr;
    while (newest_first) {
        node* next = newest_first->next;
        newest_first->next = n;
        n = newest_first;
        newest_first = next;
    }
    while (n) {
        node* next = n->next;
        n->ops->handle(n, this);
        n = next;
    }
}

void worker::fire_timers(time_limit::clock::time_point now) {
    if (later.is_due(now)) {
        std::vector<due_message> due; // dropping a message may set timers, and come back here
        due.swap(letters);
        later.take_due(now, due);
        post_due(due);
        constexpr std::size_t kept_capacity = 4096;
        if (due.capacity() <= kept_capacity) {
            due.clear();
            letters.swap(due);
        }
    }
    wheel.advance(now);
}

void worker::poll() {
    const bool time_has_passed = told.load(std::memory_order_relaxed) & told_look;
    if (time_has_passed) {
        told.fetch_and(~told_look, std::memory_order_relaxed);
        look_at_all = true;
    }
    fire_timers(now());
    if (time_has_passed || turn - looked_at_io >= turns_between_io_looks) {
        looked_at_io = turn;
        // Where something was found there will soon be more; a look for nothing is a system call.
        turns_between_io_looks =
            place.io.poll() > 0 ? fewest_turns_between_io_looks
                                : std::min(turns_between_io_looks * 2, most_turns_between_io_looks);
    }
}

fiber* worker::choose_by_seed() {
    for (;;) {
        if (process* p = next_without_stack())
            sim->waiting.push_back({.started = p});
        for (fire_timers(sim->now); sim->waiting.empty(); fire_timers(sim->now)) {
            const auto next = next_timer();
            if (next == time_limit::clock::time_point::max())
                return nullptr;
            sim->now = std::max(sim->now, next);
        }
        const auto r = sim->pick();
        if (fiber* f = r.resumed ? r.resumed : fiber_for(*r.started))
            return f;
        wait_for_stack(*r.started);
    }
}

fiber* worker::choose() {
    if (remote.load(std::memory_order_relaxed))
        drain_remote();
    if (sim)
        return choose_by_seed();
    if (++turn % turns_between_clock_looks == 0 || told.load(std::memory_order_relaxed) & told_look)
        poll();
    if (ready_head && (turn & 1))
        return pop_ready(*this);
    while (process* p = next_in_lane()) {
        if (p->raw && settles_elsewhere(*p))
            continue;
        if (fiber* f = fiber_for(*p))
            return f;
        wait_for_stack(*p);
        break;
    }
    return pop_ready(*this);
}

// A function stays on its thread for life, so threads share them when they begin: one that has clearly
// more than another hands over what it would begin. Of those that end at once there are never many, and
// they stay. On a spare thread none begins, or there would soon be more threads with work for life than
// processors; behind a handler that is stuck for long none waits (thread_monitor.cpp).
bool worker::settles_elsewhere(process& p) {
    worker* other = nullptr;
    if (where == lane::normal && p.settles == settling::in_balance)
        other = roomier_one();
    else if (where == lane::spare && p.settles != settling::anywhere)
        other = &roomiest();
    if (!other)
        return false;
    p.settles = settling::handed_over;
    other->handed_over.add(&p);
    idle_threads::published_to(other->place);
    return true;
}

worker* worker::roomier_one() const noexcept {
    constexpr std::size_t few = 8;
    const std::size_t mine = load_of_functions();
    const std::size_t threads = rt().normal_threads;
    if (mine < few || threads < 2)
        return nullptr;
    worker& other = *rt().workers[(index + 1 + turn % (threads - 1)) % threads];
    const std::size_t theirs = other.load_of_functions();
    return mine - few >= theirs + theirs / 2 ? &other : nullptr;
}

worker& worker::roomiest() const noexcept {
    const std::span all{rt().workers.data(), rt().normal_threads};
    return **std::min_element(all.begin(), all.end(), [](const auto& a, const auto& b) {
        return a->load_of_functions() < b->load_of_functions();
    });
}

bool worker::has_work() const noexcept {
    if (sim)
        return !sim->waiting.empty();
    return ready_head || newest || !queue.empty() || !handed_over.empty() ||
           !rt().overflow.empty() || (free && !rt().stackless.empty());
}

idle_threads& worker::idle_list() const noexcept {
    return where == lane::heavy ? runtime.heavy.idle : keeps_work() ? runtime.idle : runtime.spares;
}

bool worker::any_work() const noexcept {
    if (remote.load(std::memory_order_relaxed) || boost_notified.load(std::memory_order_relaxed) ||
        rt().stopping.load(std::memory_order_relaxed))
        return true;
    if (sim)
        return false;
    if (where == lane::heavy)
        return !runtime.heavy.empty();
    if (!keeps_work())
        return runtime.helpers.load(std::memory_order_relaxed) <
               runtime.helpers_wanted.load(std::memory_order_relaxed);
    if (!handed_over.empty() || !rt().overflow.empty() || (free && !rt().stackless.empty()))
        return true;
    const auto& all = rt().workers;
    return std::any_of(all.begin(), all.end(), [](const auto& w) { return !w->queue.empty(); });
}

// --- having nothing to do ---

bool worker::find_work() {
    if (remote.load(std::memory_order_relaxed) || boost_notified.load(std::memory_order_relaxed))
        return true;
    if (sim)
        return false;
    if (where == lane::heavy)
        return !runtime.heavy.empty();
    if (where == lane::spare && !helps())
        return false;
    if (newest || !queue.empty() || !handed_over.empty()) // there was no stack for one
        return true;
    process* p = queue.refill(rt().overflow, rt().normal_threads);
    if (!p)
        p = steal();
    if (!p)
        p = next_without_stack();
    if (p)
        newest.put(*p);
    return p != nullptr;
}

void worker::idle(time_limit::clock::time_point boost_deadline) {
    idle_threads& idle = idle_list(); // a spare may change its list in between
    if (rt().stopping.load(std::memory_order_acquire) && !has_work()) {
        main_ready = true;
        return;
    }
    idle.begin_search(place);
    for (int i = 0; i < (sim ? 1 : search_rounds); ++i) {
        if (find_work()) {
            idle.end_search(place);
            boost_notified.store(false, std::memory_order_relaxed);
            return;
        }
        __builtin_ia32_pause();
    }
    // A spare that has just begun or ceased to help belongs to the other list. It may not go to sleep on
    // this one: whoever published meanwhile relied on a searcher who would look.
    if (&idle != &idle_list())
        return idle.end_search(place);
    const auto asleep_since = now();
    arm_rest(asleep_since);
    const auto timers = sim ? time_limit::clock::time_point::max() : next_timer();
    idle.park(
        place, [this] { return any_work(); }, std::min(boost_deadline, timers));
    const auto woken_at = now();
    search_rounds =
        std::clamp(woken_at - asleep_since < short_sleep ? search_rounds * 2 : search_rounds / 2,
                   fewest_search_rounds, most_search_rounds);
    runtime.rouse_monitor();
    boost_notified.store(false, std::memory_order_relaxed);
    if (place.searching) {
        find_work();
        idle.end_search(place);
    }
    if (!sim)
        fire_timers(woken_at);
}

// A thread that slept looks back a second later, whatever it does by then. The fibers end that it did
// not need, and their stacks go back. If it did little, so does the memory that it keeps at hand, which
// may lie in many slabs. Under simulation nothing goes back: time would jump there for it alone.

void worker::arm_rest(time_limit::clock::time_point now) {
    const std::uint64_t step = steps.load(std::memory_order_relaxed);
    if (rest.armed() || sim || (step - rested_at < worth_a_rest && free.count() <= kept_fibers))
        return;
    (void)free.unused();
    rest_armed_at = step;
    rest.fire = [](timer_hook*) { this_worker->take_rest(); };
    wheel.arm(rest, wait_timers::tick_of(now + time_before_rest));
}

void worker::take_rest() {
    for (std::size_t n = free.unused(); n > kept_fibers; --n)
        end(*free.pop());
    const std::uint64_t step = steps.load(std::memory_order_relaxed);
    if (step - rest_armed_at >= few_steps)
        return;
    rested_at = step;
    node_pool::flush_cache();
    slots::flush_cache();
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

void worker::run_thread() {
    const signal_stack for_overflows;
    this_worker = this;
    if (!sim)
        enter_lane(where);
    constexpr const char* kinds[] = {"coppice/", "coppice/heavy", "coppice/spare"};
    name_thread(kinds[static_cast<std::size_t>(where)] + std::to_string(index));
    processor = processor_of_this_thread();
    tid.store(static_cast<int>(syscall(SYS_gettid)), std::memory_order_release);
    static thread_local thread_end at_end;
    at_end.stack = &main_stack;
    boost::fibers::use_scheduling_algorithm<fiber_algorithm>(this);
    main = boost::fibers::context::active();
    exceptions = exception_state::of_thread();
    sanitizer::adopt_thread(main_stack);
    known_main_stack.is(main_stack.bottom, main_stack.size);
    stack = &main_stack;
    wheel.start(now());
    later.start(now());
    main->suspend(); // until the runtime stops and nothing is left to do
    sanitizer::after_switch(main_stack);
    while (fibers > 0) {
        while (fiber* f = free.pop())
            end(*f);
        main_ready = true;
        main->suspend();
        sanitizer::after_switch(main_stack);
    }
    std::vector<due_message> unsent;
    later.take_all(unsent); // their receivers are gone
    post_due(unsent);
    slots::flush_cache();
    stopped.store(true, std::memory_order_release);
}

// --- from anywhere ---

void send_to(worker& w, node* n) {
    const visit here; // from before the node can be seen
    node* seen = w.remote.load(std::memory_order_relaxed);
    do
        n->next = seen;
    while (!w.remote.compare_exchange_weak(seen, n, std::memory_order_seq_cst,
                                           std::memory_order_relaxed));
    if (!seen) // the one that found it empty wakes; an earlier one still owes its wake
        idle_threads::published_to(w.place);
}

void schedule(process& p) {
    worker* w = this_worker;
    if (fiber* f = p.bound) {
        if (&f->home == w)
            w->make_ready(*f);
        else
            send_to(f->home, make_node<wake_node>(p));
        return;
    }
    if (w && !w->sim && w->keeps_work() && !p.heavy) {
        // Behind a handler that is stuck nothing may wait where others do not see it.
        process* const waits = w->stuck.load(std::memory_order_relaxed) ? &p : w->newest.put(p);
        if (waits) {
            w->queue.push(waits, w->runtime.overflow);
            w->runtime.idle.published();
        }
        return;
    }
    const visit here;
    if (!here.runtime())
        return; // the runtime has stopped, and left this process behind
    runtime_state& r = *here.runtime();
    if (r.sim) {
        if (!w)
            return send_to(r.any_worker(), make_node<wake_node>(p));
        w->sim->waiting.push_back({.started = &p});
        return;
    }
    if (p.heavy)
        return r.heavy.add(p);
    r.overflow.add(&p);
    r.idle.published();
}

void schedule_last(worker& w, process& p) {
    if (w.sim || p.heavy || !w.keeps_work())
        return schedule(p);
    w.queue.push(&p, rt().overflow);
    rt().idle.published();
}

void worker::arm(wait_op& op, time_limit limit) {
    if (limit.is_infinite())
        return;
    op.fire = [](timer_hook* h) {
        auto& o = static_cast<wait_op&>(*h);
        if (o.result != wait_op::outcome::waiting)
            return;
        o.result = wait_op::outcome::timed_out;
        if (o.give_up(o))
            o.who->home.make_ready(*o.who);
    };
    using namespace std::chrono_literals;
    if (!limit.is_absolute() && limit.length() >= 1s && !sim) {
        // The coarse clock costs a fifth; it may be a few milliseconds behind, so we add them.
        timespec t;
        clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
        const time_limit::clock::time_point coarse{std::chrono::seconds{t.tv_sec} +
                                                   std::chrono::nanoseconds{t.tv_nsec} + 8ms};
        return wheel.arm(op, wait_timers::tick_of(limit.deadline(coarse)));
    }
    wheel.arm(op, wait_timers::tick_of(limit.deadline(now())));
}

} // namespace coppice::detail
