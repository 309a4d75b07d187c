// SPDX-License-Identifier: BSL-1.0
#include "log/log_state.hpp"
#include "log/report_events.hpp"
#include "messaging/send.hpp"
#include "process/guarded.hpp"
#include "scheduler/runtime_state.hpp"
#include "signals/mailbox_limit.hpp"
#include "signals/suspension.hpp"
#include <algorithm>
#include <coppice/names.hpp>
#include <coppice/this_process.hpp>

// Brings each report to the log, and to who has subscribed: functions, and processes, which are
// sent messages outside of the log's lock.
namespace coppice::detail {
namespace {

using namespace std::chrono_literals;

/// How long a process that reports waits for a process that has subscribed and takes nothing.
constexpr auto longest_wait_for_subscriber = 5s; // as for an answer to a call
constexpr auto time_between_looks = 1ms;

/// This thread is in a subscriber's function, or delivers to one: what is reported meanwhile
/// reaches no subscriber.
constinit thread_local bool inside_subscriber = false;

class enter_subscriber {
public:
    enter_subscriber() noexcept { inside_subscriber = true; }
    enter_subscriber(const enter_subscriber&) = delete;
    enter_subscriber& operator=(const enter_subscriber&) = delete;
    ~enter_subscriber() { inside_subscriber = false; }
};

/// May the code that reports be suspended here?
bool may_be_suspended(pid receiver) noexcept {
    const process* me = current_process();
    return me && me->running && !me->exit.is_pending() && !me->exit.has_exited() &&
           !me->exit.is_destroying() && !me->wait.is_blocked() && me->self() != receiver &&
           std::uncaught_exceptions() == 0;
}

/// Waits until the mailbox takes it. False: there was no room in time, or the process that waits is
/// told to end.
bool wait_and_send(subscriber& x, envelope* n) {
    worker& w = *this_worker;
    process& me = *current_process();
    const auto began = w.now().time_since_epoch().count();
    const auto takes_nothing = [&] {
        const auto last = std::max(began, x.took_at.load(std::memory_order_relaxed));
        return w.now().time_since_epoch() - time_limit::clock::duration{last} >=
               longest_wait_for_subscriber;
    };
    do {
        if (takes_nothing()) {
            x.behind.store(true, std::memory_order_relaxed);
            return false;
        }
        wait_op op;
        wait_in_handler(w, me, op, time_between_looks);
        if (op.result == wait_op::outcome::cancelled || x.ended.load(std::memory_order_relaxed))
            return false;
    } while (!post_if_room(x.receiver, n));
    return true;
}

void send_to_subscriber(log_state& l, subscriber& x, const log::record& r, reporter by) {
    if (!x.receiver.alive())
        return;
    envelope* n = x.make(r);
    if (!n)
        return; // it is another event
    message owner = message_access::make(n);
    const bool may_wait = by == reporter::user && may_be_suspended(x.receiver);
    if (post_if_room(x.receiver, n) ||
        (may_wait && !x.behind.load(std::memory_order_relaxed) && wait_and_send(x, n))) {
        message_access::release(owner); // before anything else can happen
        x.behind.store(false, std::memory_order_relaxed);
        x.took_at.store(clock_now().time_since_epoch().count(), std::memory_order_relaxed);
        return;
    }
    if (x.ended.load(std::memory_order_relaxed))
        return;
    l.undelivered.fetch_add(1, std::memory_order_relaxed);
    const enter_subscriber for_what_this_reports;
    report_dropped(x.receiver, n->ops->name, overflow_policy::block);
}

using subscribers = std::vector<std::shared_ptr<subscriber>>;

void call_functions(log_state& l, const subscribers& all, const log::record& r) {
    std::unique_lock in_turn{l.telling, std::defer_lock};
    for (const auto& x : all) {
        if (!x->call)
            continue;
        if (!in_turn)
            in_turn.lock();
        const enter_subscriber for_what_it_reports;
        if (!x->ended.load(std::memory_order_relaxed)) // by a function that was called before
            guarded([&] { x->call(r); }); // it must not throw; if it does, it harms itself
    }
}

void send_to_processes(log_state& l, const subscribers& all, const log::record& r, reporter by) {
    for (const auto& x : all)
        if (!x->call && !x->ended.load(std::memory_order_relaxed))
            send_to_subscriber(l, *x, r, by);
}

std::uint64_t add(std::shared_ptr<subscriber> x) {
    log_state& l = ready_log();
    const std::lock_guard hold{l.lock};
    x->id = l.next_subscriber++;
    l.functions.fetch_add(x->call ? 1 : 0, std::memory_order_relaxed);
    l.subscribers.push_back(x);
    l.set_gate();
    return x->id;
}

} // namespace

void deliver_report(severity s, pid about, log::event e, reporter by) {
    log_state& l = the_log();
    std::vector<std::shared_ptr<subscriber>> told;
    // So that functions are called in the order of the records. One that subscribes after this was
    // asked is told of what is reported later, or is told out of turn.
    std::unique_lock in_order{l.telling, std::defer_lock};
    if (l.functions.load(std::memory_order_relaxed) > 0)
        in_order.lock();
    const pid me = this_process::self();
    log::record r{.number = 0,
                  .time = time_of_report(),
                  .level = s,
                  .process = me ? me : about,
                  .name = registered_name(me ? me : about),
                  .what = std::move(e)};
    {
        const std::lock_guard hold{l.lock};
        make_ready(l);
        const auto own = l.levels.find(about ? about : me);
        const severity least = own == l.levels.end() ? l.settings.level : own->second;
        r.number = l.next_number++;
        if (s >= least && least != severity::off)
            write_record(l, r);
        if (s >= l.settings.keep && l.settings.kept > 0) {
            l.kept.push_back(r);
            if (l.kept.size() > l.settings.kept)
                l.kept.pop_front();
        }
        if (!inside_subscriber)
            std::copy_if(l.subscribers.begin(), l.subscribers.end(), std::back_inserter(told),
                         [s](const auto& x) { return s >= x->least; });
    }
    call_functions(l, told, r);
    if (in_order)
        in_order.unlock(); // a process may be suspended now
    send_to_processes(l, told, r, by);
}

std::uint64_t add_subscriber(severity least, std::function<void(const log::record&)> f) {
    auto x = std::make_shared<subscriber>();
    x->least = least;
    x->call = std::move(f);
    return add(std::move(x));
}

std::uint64_t add_subscriber(severity least, pid receiver, message_maker make) {
    auto x = std::make_shared<subscriber>();
    x->least = least;
    x->receiver = receiver;
    x->make = make;
    return add(std::move(x));
}

void remove_subscriber(std::uint64_t id) noexcept {
    log_state& l = the_log();
    std::shared_ptr<subscriber> gone; // destroyed without the lock: it is the user's
    const std::lock_guard not_while_it_runs{l.telling};
    const std::lock_guard hold{l.lock};
    const auto it = std::find_if(l.subscribers.begin(), l.subscribers.end(),
                                 [&](const auto& x) { return x->id == id; });
    if (it == l.subscribers.end())
        return;
    gone = std::move(*it);
    gone->ended.store(true, std::memory_order_relaxed);
    l.functions.fetch_sub(gone->call ? 1 : 0, std::memory_order_relaxed);
    l.subscribers.erase(it);
    l.set_gate();
}

} // namespace coppice::detail
