// SPDX-License-Identifier: BSL-1.0
// How a thread that has nothing to run looks for work, sleeps, and gives back what it did not need.
#include "memory/cell_pool.hpp"
#include "process/process_table.hpp"
#include "scheduler/runtime_state.hpp"
#include "scheduler/worker.hpp"
#include "support/spin_pause.hpp"
#include "support/thread_sleep.hpp"
#include <algorithm>

namespace coppice::detail {
namespace {

constexpr int fewest_search_rounds = 50, most_search_rounds = 400; // one takes some 30 ns
constexpr std::size_t kept_fibers = 16;
constexpr auto time_before_rest = std::chrono::seconds{1};
constexpr std::uint64_t worth_a_rest = 64; // steps
constexpr std::uint64_t few_steps = 1000;
constexpr auto short_sleep = std::chrono::microseconds{20};
constexpr auto pause_beside_a_waiting_handler = std::chrono::microseconds{100};

} // namespace

bool worker::is_any_fiber_ready() const noexcept {
    return sim ? !sim->waiting.empty() : static_cast<bool>(ready);
}

bool worker::has_work() const noexcept {
    if (sim)
        return !sim->waiting.empty();
    return ready || newest || !queue.empty() || !handed_over.empty() || !runtime.overflow.empty() ||
           (free && !runtime.stackless.empty());
}

idle_threads& worker::idle_list() const noexcept {
    return kind == thread_class::low_priority ? runtime.low_priority.idle
           : keeps_work()                     ? runtime.idle
                                              : runtime.spares;
}

/// The runtime stops, and no process waits on a stack of this thread: one that was left behind, in
/// a wait that nothing could end, goes on here when it comes to its end.
bool worker::may_end() const noexcept {
    return runtime.stopping.load(std::memory_order_acquire) &&
           fibers == free.count() + (io ? 1 : 0);
}

bool worker::any_work() const noexcept {
    if (remote.load(std::memory_order_relaxed) || boost_notified.load(std::memory_order_relaxed) ||
        may_end())
        return true;
    if (sim)
        return false;
    if (kind == thread_class::low_priority)
        return !runtime.low_priority.empty();
    if (!keeps_work())
        return runtime.helpers.load(std::memory_order_relaxed) <
               runtime.helpers_wanted.load(std::memory_order_relaxed);
    if (!handed_over.empty() || !runtime.overflow.empty() || (free && !runtime.stackless.empty()))
        return true;
    const auto& all = runtime.workers;
    return std::any_of(all.begin(), all.end(), [](const auto& w) { return !w->queue.empty(); });
}

bool worker::find_work() {
    if (remote.load(std::memory_order_relaxed) || boost_notified.load(std::memory_order_relaxed))
        return true;
    if (sim)
        return false;
    if (kind == thread_class::low_priority)
        return !runtime.low_priority.empty();
    if (kind == thread_class::standby && !helps())
        return false;
    if (newest || !queue.empty() || !handed_over.empty()) // there was no stack for one
        return true;
    process* p = queue.refill(runtime.overflow, runtime.normal_threads);
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
    if (may_end() && !has_work()) {
        contexts.main_ready = true;
        return;
    }
    idle.begin_search(place);
    for (int i = 0; i < (sim ? 1 : search_rounds); ++i) {
        if (find_work()) {
            idle.end_search(place);
            contexts.want_dispatcher |= boost_notified.exchange(false, std::memory_order_relaxed);
            return;
        }
        spin_pause();
    }
    // A spare that has just begun or ceased to help belongs to the other list. It may not go to
    // sleep on this one: a thread that published meanwhile relied on a searcher that would look.
    if (&idle != &idle_list())
        return idle.end_search(place);
    const auto asleep_since = now();
    timers.waits.look(asleep_since);
    arm_rest(asleep_since);
    const auto wake_up = sim ? time_limit::clock::time_point::max() : timers.wake_up_time();
    idle.park(
        place, [this] { return any_work(); }, std::min(boost_deadline, wake_up));
    const auto woken_at = now();
    search_rounds =
        std::clamp(woken_at - asleep_since < short_sleep ? search_rounds * 2 : search_rounds / 2,
                   fewest_search_rounds, most_search_rounds);
    runtime.wake_watchdog();
    contexts.want_dispatcher |= boost_notified.exchange(false, std::memory_order_relaxed);
    if (place.searching) {
        find_work();
        idle.end_search(place);
    }
    if (!sim)
        fire_timers(woken_at);
}

/// A handler of Asio waits, so the thread cannot sleep in its io_context: it looks again and again.
void worker::nap() {
    if (may_end() && !has_work()) {
        contexts.main_ready = true;
        return;
    }
    if (find_work())
        return;
    sleep_thread(pause_beside_a_waiting_handler);
    if (!sim)
        fire_timers(now());
}

// A thread that slept looks back a second later, whatever it does by then. The fibers end that it
// did not need, and their stacks go back. If it did little, so does the memory that it keeps at
// hand, which may lie in many slabs. Under simulation nothing goes back: time would jump there for
// it alone.

void worker::arm_rest(time_limit::clock::time_point now) {
    const std::uint64_t step = watched.steps();
    if (rest.armed() || sim || (step - rested_at < worth_a_rest && free.count() <= kept_fibers))
        return;
    (void)free.unused();
    rest_armed_at = step;
    rest.fire = [](timer_hook*) { this_worker->trim_idle_memory(); };
    timers.waits.arm(rest, wait_timers::tick_of(now + time_before_rest));
}

void worker::trim_idle_memory() {
    for (std::size_t n = free.unused(); n > kept_fibers; --n)
        end(*free.pop());
    const std::uint64_t step = watched.steps();
    if (step - rest_armed_at >= few_steps)
        return;
    rested_at = step;
    cell_pool::flush_cache();
    process_table::flush_cache();
}

} // namespace coppice::detail
