// SPDX-License-Identifier: BSL-1.0
#include "lifecycle/program_exit.hpp"
#include "lifecycle/spawn.hpp"
#include "log/report_events.hpp"
#include "memory/stack_pool.hpp"
#include "process/guarded.hpp"
#include "process/process_extras.hpp"
#include "process/process_table.hpp"
#include "registry/name_table.hpp"
#include "scheduler/life_cycle.hpp"
#include "scheduler/runtime_state.hpp"
#include "scheduler/stack_overflow.hpp"
#include "signals/abandon.hpp"
#include "signals/signals.hpp"
#include "signals/suspension.hpp"
#include "support/asymmetric_fence.hpp"
#include "support/thread_sleep.hpp"
#include <coppice/log.hpp>
#include <coppice/process_info.hpp>
#include <coppice/runtime.hpp>
#include <csignal>
#include <stdexcept>

namespace coppice {
namespace detail {

failure not_running() {
    return {.code = errc::not_running,
            .reason = exit_reason::noproc,
            .detail = the_runtime.load(std::memory_order_acquire)
                          ? "the runtime stops: no process is spawned or started any more"
                          : "the runtime is not running: use application{...}.run(), runtime::run "
                            "or runtime::start",
            .not_started = true};
}

void end_by_stop(process& p) {
    if (!p.exit.is_pending())
        send_signal(p.self(), signal_envelope::kind::exit, pid{}, 0, exit_reason::kill);
    cancellation_point(p);
}

void throw_not_running() {
    if (process* p = current_process())
        end_by_stop(*p);
    throw std::logic_error{"coppice: " + not_running().detail};
}

std::uint64_t runtime_state::ended() const noexcept {
    std::uint64_t n = 0;
    for (const auto& w : workers)
        n += w->exited.load(std::memory_order_acquire);
    return n;
}

std::uint64_t runtime_state::alive() const noexcept {
    std::uint64_t n = created_outside.load(std::memory_order_acquire);
    n -= ended(); // first: who is counted as ended is then counted as created, too
    for (const auto& w : workers)
        n += w->created.load(std::memory_order_acquire);
    return n;
}

namespace {

extern "C" void on_broken_pipe(int) {}

/// A write to a connection that the peer has closed is an error of that operation, not the end of
/// the program. A handler does that as well as ignoring the signal, and is reset when a process
/// starts another program, which must find the signal as every program expects it. A handler of the
/// user's, or that he ignores it, is left alone.
void survive_broken_pipes() {
    struct sigaction before {};
    if (sigaction(SIGPIPE, nullptr, &before) != 0 || before.sa_handler != SIG_DFL)
        return;
    struct sigaction ours {};
    ours.sa_handler = &on_broken_pipe;
    ours.sa_flags = SA_RESTART | SA_ONSTACK;
    sigemptyset(&ours.sa_mask);
    sigaction(SIGPIPE, &ours, nullptr);
}

void check(const runtime::options& o) {
    if (o.stack_size < 16 * 1024)
        throw std::invalid_argument{"coppice: runtime::options::stack_size is " +
                                    std::to_string(o.stack_size) +
                                    " bytes; 16384 is the least that is safe"};
    if (o.threads > 1024)
        throw std::invalid_argument{"coppice: runtime::options::threads is " +
                                    std::to_string(o.threads) + "; at most 1024"};
    if (o.max_stacks == 0)
        throw std::invalid_argument{"coppice: runtime::options::max_stacks must not be 0"};
}

/// A large message lies on the heap, and an inbox's word has no room for a tag in its address.
void require_untagged_heap() {
    void* const some = ::operator new(1024);
    const auto address = reinterpret_cast<std::uint64_t>(some);
    ::operator delete(some);
    if (mailbox_word::tag(address) != 0)
        throw std::runtime_error{"coppice: runtime: the heap tags its addresses "
                                 "(GLIBC_TUNABLES=glibc.mem.tagging, or HWAddressSanitizer), and "
                                 "an inbox has no room for that: run without"};
}

} // namespace

namespace {

std::unique_ptr<runtime_state> make_runtime(const runtime::options& o,
                                            std::unique_ptr<simulated> sim) {
    auto r = std::make_unique<runtime_state>();
    r->options = o;
    r->sim = std::move(sim);
    if (r->sim)
        process_table::start_over();
    std::size_t n = o.threads ? o.threads : std::max(1U, std::thread::hardware_concurrency());
    if (r->sim)
        n = 1;
    const bool has_watchdog = !r->sim && o.time_slice > time_span{};
    r->normal_threads = n;
    const auto add = [&r](thread_class k, std::size_t count) {
        for (; count > 0; --count)
            r->workers.push_back(
                std::make_unique<worker>(*r, static_cast<std::uint16_t>(r->workers.size()), k));
    };
    add(thread_class::normal, n);
    add(thread_class::standby,
        has_watchdog ? std::max(std::size_t{4}, 2 * n) : 0); // who helps may get stuck, too
    add(thread_class::low_priority, has_watchdog ? n : 0);
    r->workers.front()->sim = r->sim.get();
    if (r->sim && r->sim->explored) // for good: a server lets others run after each message
        r->workers.front()->watched.say_time_has_passed();
    return r;
}

/// They take signals as the thread does that starts them: what the user blocks there is blocked
/// here, and in the programs that a process starts. So nothing is blocked on our account.
void start_threads(runtime_state& r) {
    r.threads.reserve(r.workers.size());
    for (const auto& w : r.workers)
        r.threads.emplace_back([w = w.get()] { w->run_thread(); });
    for (const auto& w : r.workers)
        w->begun.get_future().get(); // throws what kept it from it
    if (!r.sim)
        r.watch.emplace(r, r.options.time_slice, r.options.long_handler);
}

void tell_threads_to_end(runtime_state& r) {
    r.watch.reset();
    r.stopping.store(true, std::memory_order_release);
    for (const auto& w : r.workers)
        w->place.wake();
}

void end_threads(runtime_state& r) {
    tell_threads_to_end(r);
    for (auto& t : r.threads)
        t.join();
}

/// A start that fails in the middle leaves nothing behind.
class start_attempt {
public:
    start_attempt() = default;
    ~start_attempt() {
        if (succeeded_)
            return;
        if (runtime_)
            end_threads(*runtime_);
        runtime_.reset();
        life_cycle::ask(life_cycle::event::failed, life_cycle::caller::plain_thread);
    }
    start_attempt(const start_attempt&) = delete;
    start_attempt& operator=(const start_attempt&) = delete;

    void run(const runtime::options& o, std::unique_ptr<simulated> sim) {
        link_program_exit();
        prepare_asymmetric_fences();
        stack_pool::configure(o.stack_size * sanitizer::frame_factor, o.max_stacks);
        runtime_ = make_runtime(o, std::move(sim));
        start_threads(*runtime_);
        install_overflow_reporter(&name_table::name_of);
        install_terminate_handler();
        survive_broken_pipes();
        succeeded_ = true;
        the_virtual_clock.store(runtime_->sim ? &runtime_->sim->time : nullptr,
                                std::memory_order_release);
        the_runtime.store(runtime_.release(), std::memory_order_seq_cst);
        life_cycle::ask(life_cycle::event::started, life_cycle::caller::plain_thread);
    }

private:
    std::unique_ptr<runtime_state> runtime_;
    bool succeeded_ = false;
};

/// The life cycle has said `go`.
void start_now(const runtime::options& o, std::unique_ptr<simulated> sim) {
    start_attempt{}.run(o, std::move(sim));
}

/// What is refused on a thread of the runtime, and in a piece of `blocking`.
[[noreturn]] void refuse_here(std::string_view what) {
    const bool inside = life_cycle::this_caller() != life_cycle::caller::plain_thread;
    throw std::logic_error{
        "coppice: " + std::string{what} +
        (inside
             ? " is for plain threads: here it would wait for the process, the handler or the "
               "piece of `blocking` that calls it. Inside a process call the function, or spawn it"
             : ": the runtime runs already")};
}

} // namespace

void require_plain_thread(std::string_view what) {
    if (life_cycle::this_caller() == life_cycle::caller::runtime_thread)
        refuse_here(what);
}

void start_runtime(const runtime::options& o, std::unique_ptr<simulated> sim) {
    check(o);
    require_untagged_heap();
    if (life_cycle::ask(life_cycle::event::start, life_cycle::this_caller()) !=
        life_cycle::answer::go)
        refuse_here("runtime::start");
    start_now(o, std::move(sim));
}

} // namespace detail

namespace runtime {

using namespace detail;

namespace {

/// Waits for a condition that other threads make true, looking again and again for ever longer.
template <class Condition>
bool wait_until(Condition c, time_limit::clock::time_point deadline) {
    auto pause = std::chrono::microseconds{20};
    while (!c()) {
        if (time_limit::clock::now() >= deadline)
            return false;
        sleep_thread(pause);
        pause = std::min(pause * 2, std::chrono::microseconds{2000});
    }
    return true;
}

/// Those that earlier stops have left behind and that still live. They are nothing of this runtime.
///
/// Context: one stop at a time.
class left_behind {
public:
    void add(pid who) { all_.push_back(who); }
    bool contains(pid who) const { return std::find(all_.begin(), all_.end(), who) != all_.end(); }
    /// A process is here until its slot is free: longer than it is alive, if it waits while it
    /// unwinds.
    void forget_those_who_are_gone() {
        std::erase_if(all_, [](pid who) { return slot_of(who)->self() != who; });
    }

private:
    std::vector<pid> all_;
};

left_behind& those_left_behind() {
    static auto* l = new left_behind; // never destroyed: the last stop may come at the very end
    return *l;
}

void kill_everybody() {
    process_table::for_each(
        [](process& p, void*) {
            const std::uint64_t w = p.inbox.word(std::memory_order_acquire);
            if (mailbox_word::tag(w) == 0 || (w & mailbox_word::address_mask) == mailbox_word::dead)
                return;
            const pid who = pid_in(p, w);
            if (!those_left_behind().contains(who))
                send_signal(who, signal_envelope::kind::exit, pid{}, 0, exit_reason::kill);
        },
        nullptr);
}

std::string_view what_it_does(process& p) {
    if (p.wait.is_blocked() || (p.inbox.word(std::memory_order_relaxed) &
                                mailbox_word::address_mask) == mailbox_word::idle)
        return "waiting for something that does not end";
    return "running without a suspension point";
}

unstopped_process describe(process& p, pid who) {
    std::string name = registered_name(who);
    if (!name.empty())
        name += ' ';
    const std::string_view type = p.server ? p.server->name
                                  : p.raw  ? p.raw->name
                                           : std::string_view{"process"};
    const envelope_ops* handling = p.handling.load(std::memory_order_relaxed);
    return {name + who.text() + " (" + std::string{type} + ')',
            handling ? "handling " + std::string{handling->name} : std::string{what_it_does(p)}};
}

std::vector<unstopped_process> find_unstopped() {
    std::vector<unstopped_process> found;
    process_table::for_each(
        [](process& p, void* out) {
            const pid who = p.self();
            if (!who || those_left_behind().contains(who))
                return;
            static_cast<std::vector<unstopped_process>*>(out)->push_back(describe(p, who));
            those_left_behind().add(who);
        },
        &found);
    return found;
}

/// From here on nothing is spawned, and `alive` only falls.
void close(runtime_state& r) {
    r.closed.store(true, std::memory_order_seq_cst);
    asymmetric_thread_fence_heavy(); // for spawns on threads of the runtime: see new_process
    the_gate.wait_for_entrants([] { std::this_thread::yield(); });
}

/// Kills all, and waits for their end.
bool end_processes(runtime_state& r, time_limit::clock::time_point deadline) {
    those_left_behind().forget_those_who_are_gone();
    kill_everybody();
    // Who was spawned last may not have been there to be killed yet.
    int rounds = 0;
    return wait_until(
        [&] {
            if (r.alive() == 0)
                return true;
            if (++rounds % 8 == 0)
                kill_everybody();
            return false;
        },
        deadline);
}

/// No thread finds it any more, and none is inside.
void hide(runtime_state&) {
    the_runtime.store(nullptr, std::memory_order_seq_cst);
    the_virtual_clock.store(nullptr, std::memory_order_release);
    the_gate.wait_for_entrants([] { std::this_thread::yield(); });
}

/// The threads of those left behind stay, and so does all that they may still touch.
void leave_behind(runtime_state& r) {
    static auto* kept = new std::vector<runtime_state*>;
    kept->push_back(&r);
    tell_threads_to_end(r);
    for (auto& t : r.threads)
        t.detach();
}

} // namespace

void start(const options& o) { start_runtime(o, nullptr); }

bool running() noexcept { return the_runtime.load(std::memory_order_acquire) != nullptr; }

std::size_t thread_count() noexcept {
    const runtime_state* r = the_runtime.load(std::memory_order_acquire);
    return r ? r->normal_threads : 0;
}

std::vector<unstopped_process> stop(time_span timeout) {
    switch (life_cycle::ask(life_cycle::event::stop, life_cycle::this_caller())) {
    case life_cycle::answer::go:
        break;
    case life_cycle::answer::refuse:
        refuse_here("runtime::stop");
    case life_cycle::answer::nothing:
    case life_cycle::answer::wait:
        return {};
    }
    runtime_state& r = *the_runtime.load(std::memory_order_acquire);
    const auto deadline = timeout.after(time_limit::clock::now());
    close(r);
    std::vector<unstopped_process> left;
    if (!end_processes(r, deadline))
        left = find_unstopped();
    for (const unstopped_process& s : left)
        report_unstopped(s.name, s.doing);
    log::flush();
    hide(r);
    if (left.empty()) {
        end_threads(r);
        delete &r;
    } else
        leave_behind(r);
    life_cycle::ask(life_cycle::event::all_ended, life_cycle::caller::plain_thread);
    return left;
}

namespace {

/// The runtime that `run` has started, if it has.
class own_runtime {
public:
    own_runtime() {
        switch (life_cycle::ask(life_cycle::event::join, life_cycle::this_caller())) {
        case life_cycle::answer::go:
            start_now({}, nullptr);
            is_ours_ = true;
            return;
        case life_cycle::answer::nothing:
            return;
        case life_cycle::answer::refuse:
        case life_cycle::answer::wait:
            refuse_here("runtime::run");
        }
    }
    ~own_runtime() {
        if (is_ours_)
            stop();
    }
    own_runtime(const own_runtime&) = delete;
    own_runtime& operator=(const own_runtime&) = delete;

private:
    bool is_ours_ = false;
};

/// What the function threw comes first: then its process ended as if it had returned.
void rethrow(const std::exception_ptr& thrown, const exit_reason& why) {
    if (thrown)
        std::rethrow_exception(thrown);
    if (why == exit_reason::normal)
        return;
    throw_failure({.code = errc::exited,
                   .reason = why,
                   .detail = "the function of runtime::run did not come to its end: its process "
                             "ended with " +
                             why.text()});
}

} // namespace

void run(const std::function<void()>& f) {
    const own_runtime for_a_while;
    std::exception_ptr thrown;
    auto run_f = [&f, &thrown] { run_and_keep_exception(f, thrown); };
    using process_body = body<decltype(run_f)>;
    end_watch end;
    spawn_watched(process_body::type, process_body::make(std::move(run_f)),
                  {.label = "runtime::run"}, end);
    end.wait();
    rethrow(thrown, end.reason);
}

} // namespace runtime
} // namespace coppice
