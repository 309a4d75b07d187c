// SPDX-License-Identifier: BSL-1.0
#include "abandon.hpp"
#include "birth.hpp"
#include "extras.hpp"
#include "guarded.hpp"
#include "report_events.hpp"
#include "runtime_state.hpp"
#include "signals.hpp"
#include "slots.hpp"
#include "stack_overflow.hpp"
#include "stack_pool.hpp"
#include <coppice/log.hpp>
#include <coppice/process_info.hpp>
#include <coppice/runtime.hpp>
#include <csignal>
#include <stdexcept>

namespace coppice {
namespace detail {

runtime_state& running_runtime() {
    if (runtime_state* r = the_runtime.load(std::memory_order_acquire))
        return *r;
    throw std::logic_error{"coppice: the runtime is not running: use application{...}.run(), "
                           "runtime::run or runtime::start"};
}

std::uint64_t runtime_state::ended() const noexcept {
    std::uint64_t n = 0;
    for (const auto& w : workers)
        n += w->buried.load(std::memory_order_acquire);
    return n;
}

std::uint64_t runtime_state::alive() const noexcept {
    std::uint64_t n = born_outside.load(std::memory_order_acquire);
    n -= ended(); // first: who is counted as ended is then counted as born, too
    for (const auto& w : workers)
        n += w->born.load(std::memory_order_acquire);
    return n;
}

namespace {

/// A write to a connection that the peer has closed is an error of that operation, not the end of
/// the program.
void ignore_broken_pipes() { std::signal(SIGPIPE, SIG_IGN); }

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

} // namespace

void start_runtime(const runtime::options& o, std::unique_ptr<simulated> sim) {
    check(o);
    if (the_runtime.load(std::memory_order_acquire))
        throw std::logic_error{"coppice: the runtime runs already"};
    ignore_broken_pipes();
    install_overflow_reporter();
    install_terminate_handler();
    prepare_asymmetric_fences();
    stack_pool::configure(o.stack_size, o.max_stacks);
    auto r = std::make_unique<runtime_state>();
    r->options = o;
    r->sim = std::move(sim);
    if (r->sim)
        slots::start_over();
    std::size_t n = o.threads ? o.threads : std::max(1U, std::thread::hardware_concurrency());
    if (r->sim)
        n = 1;
    const bool lanes = !r->sim && o.budget > time_span{};
    r->normal_threads = n;
    const auto add = [&r](lane l, std::size_t count) {
        for (; count > 0; --count)
            r->workers.push_back(
                std::make_unique<worker>(*r, static_cast<std::uint16_t>(r->workers.size()), l));
    };
    add(lane::normal, n);
    add(lane::spare, lanes ? std::max(std::size_t{4}, 2 * n) : 0); // who helps may get stuck, too
    add(lane::heavy, lanes ? n : 0);
    r->workers.front()->sim = r->sim.get();
    runtime_state* state = r.release();
    the_runtime.store(state, std::memory_order_release);
    // The threads take no signals: those belong to whoever waits for them.
    sigset_t all, before;
    sigfillset(&all);
    for (const int s : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT})
        sigdelset(&all, s);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (const auto& w : state->workers)
        state->threads.emplace_back([w = w.get()] { w->run_thread(); });
    if (!state->sim)
        state->watch.emplace(*state, o.budget, o.long_handler);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

} // namespace detail

namespace runtime {

using namespace detail;

namespace {

void kill_everybody() {
    slots::for_each(
        [](process& p, void*) {
            const std::uint64_t w = p.word.load(std::memory_order_acquire);
            if (word::tag(w) == 0 || (w & word::address_mask) == word::dead)
                return;
            const pid who{word::tag(w) | reinterpret_cast<std::uint64_t>(&p)};
            send_signal(who, signal_node::kind::exit, pid{}, 0, exit_reason::kill);
        },
        nullptr);
}

/// Waits for a condition that other threads make true, looking again and again for ever longer.
template <class Condition>
bool wait_until(Condition c, time_limit::clock::time_point deadline) {
    auto pause = std::chrono::microseconds{20};
    while (!c()) {
        if (time_limit::clock::now() >= deadline)
            return false;
        std::this_thread::sleep_for(pause);
        pause = std::min(pause * 2, std::chrono::microseconds{2000});
    }
    return true;
}

std::vector<straggler> find_stragglers() {
    std::vector<straggler> found;
    slots::for_each(
        [](process& p, void* out) {
            if (p.id == 0)
                return;
            const node_ops* handling = p.handling.load(std::memory_order_relaxed);
            const pid who{p.id};
            std::string name = registered_name(who);
            if (!name.empty())
                name += ' ';
            const std::string_view type = p.server ? p.server->name
                                          : p.raw  ? p.raw->name
                                                   : std::string_view{"process"};
            static_cast<std::vector<straggler>*>(out)->push_back(
                {name + who.text() + " (" + std::string{type} + ')',
                 handling ? "handling " + std::string{handling->name}
                          : "running without a suspension point"});
        },
        &found);
    return found;
}

} // namespace

void start(const options& o) { start_runtime(o, nullptr); }

bool running() noexcept { return the_runtime.load(std::memory_order_acquire) != nullptr; }

std::size_t thread_count() noexcept {
    const runtime_state* r = the_runtime.load(std::memory_order_acquire);
    return r ? r->normal_threads : 0;
}

std::vector<straggler> stop(time_span grace) {
    runtime_state* r = the_runtime.load(std::memory_order_acquire);
    if (!r)
        return {};
    const auto deadline = grace.after(time_limit::clock::now());
    kill_everybody();
    // A process may be born while we kill: once more until nobody is left.
    int rounds = 0;
    const bool all_gone = wait_until(
        [&] {
            if (r->alive() == 0)
                return true;
            if (++rounds % 8 == 0)
                kill_everybody();
            return false;
        },
        deadline);
    std::vector<straggler> left;
    if (!all_gone)
        left = find_stragglers();
    for (const straggler& s : left)
        report_straggler(s.who, s.doing);
    r->watch.reset();
    log::flush();
    r->stopping.store(true, std::memory_order_release);
    for (const auto& w : r->workers)
        w->place.wake();
    if (left.empty()) {
        for (auto& t : r->threads)
            t.join();
        the_runtime.store(nullptr, std::memory_order_seq_cst);
        wait_until([] { return guests.load(std::memory_order_seq_cst) == 0; },
                   time_limit::clock::time_point::max());
        delete r;
    } else {
        // The threads stay, and so does all that they may still touch.
        static auto* left_behind = new std::vector<runtime_state*>;
        left_behind->push_back(r);
        for (auto& t : r->threads)
            t.detach();
        the_runtime.store(nullptr, std::memory_order_release);
    }
    return left;
}

void run(const std::function<void()>& f) {
    if (current_process())
        throw std::logic_error{"coppice: runtime::run is for plain threads; inside a process call "
                               "the function, or spawn it"};
    const bool ours = !running();
    if (ours)
        start();
    struct stopper {
        bool ours;
        ~stopper() {
            if (ours)
                stop();
        }
    } at_end{ours};
    struct outcome {
        std::exception_ptr thrown;
        exit_reason why = exit_reason::killed; // unless we learn better
        std::atomic<bool> ended{false};
    } all;
    // It goes with the function, which may never begin.
    class last_words {
    public:
        explicit last_words(outcome& o) noexcept : all_{&o} {}
        last_words(last_words&& other) noexcept : all_{std::exchange(other.all_, nullptr)} {}
        ~last_words() {
            if (!all_)
                return;
            if (process* p = current_process(); p && p->doomed)
                all_->why = more_of(*p).doom;
            all_->ended.store(true, std::memory_order_release);
            all_->ended.notify_one();
        }

    private:
        outcome* all_;
    };
    spawn({.label = "runtime::run"}, [&f, &all, bye = last_words{all}] {
        all.why = exit_reason::normal;
        try {
            run_and_keep_exception(f, all.thrown);
        } catch (const process_exit& e) {
            all.why = e.reason;
            throw;
        }
    });
    all.ended.wait(false, std::memory_order_acquire);
    if (all.thrown)
        std::rethrow_exception(all.thrown);
    if (all.why != exit_reason::normal)
        throw_failure(
            {.code = errc::exited,
             .reason = all.why,
             .detail = "the function of runtime::run did not come to its end: its process "
                       "ended with " +
                       all.why.text()});
}

} // namespace runtime
} // namespace coppice
