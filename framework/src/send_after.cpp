// SPDX-License-Identifier: BSL-1.0
#include "calls.hpp"
#include "runtime_state.hpp"
#include "suspension.hpp"
#include <coppice/pid.hpp>
#include <exception>

// Messages for later. A timer lives in the wheel of one thread; whoever moves its state away from
// `armed` first decides: the wheel sends, or somebody cancels. Its memory is reused under a serial
// number, so a reference to a timer that is gone finds another serial and does nothing.
namespace coppice {
namespace detail {
namespace {

enum : std::uint64_t { free_timer = 0, armed = 1, cancelled = 2 };
constexpr int state_bits = 2;

struct timer final : timer_hook {
    std::atomic<std::uint64_t> word{0}; // serial << 2 | state
    // Who cancels reads these before he knows whether the timer is still the one he means.
    std::atomic<worker*> home{nullptr};
    std::atomic<node*> message{nullptr};
    std::atomic<time_limit::clock::rep> due{0};
    pid to;
    timer* next_free = nullptr;

    time_limit::clock::time_point when() const noexcept {
        return time_limit::clock::time_point{
            time_limit::clock::duration{due.load(std::memory_order_relaxed)}};
    }
};

/// Timers are never unmapped: a reference may look at one at any time.
struct timer_store {
    std::mutex lock;
    timer* free = nullptr;

    timer* take() {
        const std::lock_guard hold{lock};
        if (!free) {
            constexpr std::size_t block = 64;
            auto* t = new timer[block];
            for (std::size_t i = 0; i < block; ++i) {
                t[i].next_free = free;
                free = &t[i];
            }
        }
        timer* t = free;
        free = t->next_free;
        return t;
    }
    void give(timer* t) {
        const std::lock_guard hold{lock};
        t->next_free = free;
        free = t;
    }
};
timer_store& store() {
    static auto* s = new timer_store;
    return *s;
}

void finish(timer& t) {
    const std::uint64_t serial = (t.word.load(std::memory_order_relaxed) >> state_bits) + 1;
    t.word.store(serial << state_bits | free_timer, std::memory_order_release);
    store().give(&t);
}

void fire(timer_hook* h) {
    auto& t = static_cast<timer&>(*h);
    std::uint64_t seen = t.word.load(std::memory_order_relaxed);
    node* n = t.message.load(std::memory_order_relaxed);
    const pid to = t.to;
    const bool mine =
        (seen & 3) == armed &&
        t.word.compare_exchange_strong(seen, seen + (cancelled - armed), std::memory_order_acq_rel);
    finish(t);
    if (mine)
        post_from_timer(to, n);
}

/// Arms on its thread a timer that another thread made, or takes one out that was cancelled.
struct timer_node final : node {
    explicit timer_node(timer& x) noexcept : node{operations}, t{x} {}
    timer& t;
    static void handle(node* n, void* w) {
        timer& t = static_cast<timer_node*>(n)->t;
        dispose(static_cast<timer_node*>(n));
        arm(*static_cast<worker*>(w), t);
    }
    static void arm(worker& w, timer& t) {
        t.fire = &fire;
        w.wheel.arm(t, timer_wheel::tick_of(t.when()));
    }
    static constexpr node_ops operations{.what = node_ops::kind::runtime,
                                         .key = nullptr,
                                         .name = "timer",
                                         .handle = &handle,
                                         .drop = nullptr,
                                         .payload = nullptr};
};

/// A process that sets many timers without a pause keeps its thread from firing those that are due.
void let_timers_fire(worker& w, time_limit::clock::time_point now) {
    process* me = w.process_now();
    if (w.sim || !me || !me->running || !w.wheel.is_behind(now) || std::uncaught_exceptions() > 0)
        return;
    w.wheel.advance(now);
    w.yield();
    check_doom(*me);
}

} // namespace

timer_ref post_after(pid to, time_limit::clock::duration d, node* n) {
    if (!to || !the_runtime.load(std::memory_order_acquire)) {
        n->ops->drop(n);
        return {};
    }
    timer& t = *store().take();
    const std::uint64_t serial = t.word.load(std::memory_order_relaxed) >> state_bits;
    t.to = to;
    t.message.store(n, std::memory_order_relaxed);
    const auto now = clock_now();
    const auto due = now + std::max(d, time_limit::clock::duration::zero());
    t.due.store(due.time_since_epoch().count(), std::memory_order_relaxed);
    worker* w = this_worker;
    worker& home = w ? *w : running_runtime().any_worker();
    t.home.store(&home, std::memory_order_relaxed);
    t.word.store(serial << state_bits | armed, std::memory_order_release);
    if (w) {
        timer_node::arm(*w, t);
        let_timers_fire(*w, now);
    } else
        send_to(home, make_node<timer_node>(t));
    return {&t, serial};
}

} // namespace detail

result<time_limit::clock::duration> timer_ref::cancel() {
    using namespace detail;
    const failure gone{.code = errc::not_found,
                       .reason = exit_reason::normal,
                       .detail = "the timer has fired, or was cancelled before"};
    if (!timer_)
        return gone;
    auto& t = *static_cast<timer*>(timer_);
    std::uint64_t expected = serial_ << state_bits | armed;
    node* n = t.message.load(std::memory_order_relaxed);
    worker* const home = t.home.load(std::memory_order_relaxed);
    const auto due = t.when();
    if (!t.word.compare_exchange_strong(expected, serial_ << state_bits | cancelled,
                                        std::memory_order_acq_rel))
        return gone;
    n->ops->drop(n); // ours since the exchange
    // Only we take it out of our own wheel, so it is still the same timer then.
    if (home == this_worker && t.armed()) {
        home->wheel.disarm(t);
        finish(t);
    } // else its own thread frees it when its time has come
    return std::max(due - clock_now(), time_limit::clock::duration::zero());
}

} // namespace coppice
