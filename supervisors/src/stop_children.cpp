// SPDX-License-Identifier: BSL-1.0
#include "stop_children.hpp"

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <coppice/detail/linked.hpp>
#include <coppice/receive.hpp>
#include <coppice/report.hpp>
#include <coppice/this_process.hpp>
#include <vector>

namespace coppice::detail {

namespace {

using clock = time_limit::clock;

/// A killed process is dead at once. Its links and monitors are notified when its objects are
/// destroyed, or after a second. The caller waits a little longer than that, and then goes on.
constexpr std::chrono::seconds after_a_kill{2};

void tell(pid process, const shutdown_policy& how) {
    process.exit(how.is_brutal() ? exit_reason::kill : exit_reason::shutdown);
}

// Unlinks the process. The link's exit signal has the reason even where the monitor was set up too
// late and has only `noproc`.
exit_reason unlink_and_flush(pid process, exit_reason seen) {
    this_process::unlink(process);
    return this_process::receive(when([&](const exit_signal& e) { return e.from == process; },
                                      [](exit_signal e) { return std::move(e.reason); }),
                                 after(std::chrono::seconds{0}, [&] { return std::move(seen); }));
}

/// A monitor of a process that is exiting answers `noproc`; the link is notified at its release.
bool link_is_pending(const down& d) {
    return d.reason == exit_reason::noproc && is_linked(d.process);
}

std::optional<exit_reason> await_end(monitor_ref watch, time_limit limit) {
    const clock::time_point deadline = limit.deadline(this_process::now());
    const auto d = this_process::receive(when([&](const down& m) { return m.ref == watch; },
                                              [](down m) { return std::optional{std::move(m)}; }),
                                         after(deadline, [] { return std::optional<down>{}; }));
    if (!d)
        return std::nullopt;
    if (!link_is_pending(*d))
        return d->reason;
    return this_process::receive(when([&](const exit_signal& e) { return e.from == d->process; },
                                      [](exit_signal e) { return std::optional{e.reason}; }),
                                 after(deadline, [] { return std::optional<exit_reason>{}; }));
}

void report_unreleased(pid process) {
    log::report(severity::warning,
                runtime_notice{process.text() +
                               " has ended, and a destructor of it waits for so long that its "
                               "supervisor goes on: what it held may still be held"});
}

/// After a kill: waits until the process is gone, or has exited and one of its destructors waits.
exit_reason await_killed(pid process, monitor_ref watch) {
    for (;;) {
        if (auto why = await_end(watch, after_a_kill))
            return std::move(*why);
        if (process.alive()) // it computes, or its wait cannot be interrupted
            continue;
        report_unreleased(process);
        this_process::demonitor(watch, this_process::flush::yes);
        return exit_reason::killed;
    }
}

} // namespace

exit_reason stop_process(pid process, const shutdown_policy& how) {
    const monitor_ref watch = this_process::monitor(process);
    tell(process, how);
    if (!how.is_brutal()) {
        if (auto why = await_end(watch, how.timeout()))
            return unlink_and_flush(process, std::move(*why));
        process.exit(exit_reason::kill);
    }
    return unlink_and_flush(process, await_killed(process, watch));
}

namespace {

/// The processes that are stopped together.
class shutdown_round {
public:
    shutdown_round(std::span<const stop_order> orders,
                   const std::function<void(std::size_t, const exit_reason&)>& ended)
        : orders_{orders}, ended_{ended}, gone_(orders.size()) {}

    void tell_all() {
        const auto now = this_process::now();
        constexpr std::size_t told_at_once = 1000;
        for (std::size_t i = 0; i < orders_.size(); ++i) {
            if (i % told_at_once == told_at_once - 1) { // a million children take long
                this_process::yield();
                while (!done() && await_one(std::chrono::seconds{0})) {}
            }
            watched_.emplace(this_process::monitor(orders_[i].process).id, i);
            tell(orders_[i].process, orders_[i].how);
        }
        for (std::size_t i = orders_.size(); i-- > 0;) {
            const shutdown_policy& how = orders_[i].how;
            if (!gone_[i] && !how.is_infinite())
                add_limit(how.is_brutal() ? now + after_a_kill : how.timeout().deadline(now), i,
                          how.is_brutal());
        }
        sort_limits();
    }

    void await_all() {
        while (!done())
            if (!await_one(limits_.empty() ? time_limit{infinity} : time_limit{limits_.back().at}))
                time_is_up();
    }

private:
    struct limit {
        clock::time_point at;
        std::size_t order;
        bool was_killed;
    };

    bool done() const { return watched_.empty() && released_later_.empty(); }

    void add_limit(clock::time_point at, std::size_t i, bool was_killed) {
        limits_.push_back({at, i, was_killed});
    }
    void sort_limits() { // the earliest limit comes last
        const auto later = [](const limit& a, const limit& b) { return a.at > b.at; };
        if (!std::is_sorted(limits_.begin(), limits_.end(),
                            later)) // usually all limits are the same
            std::sort(limits_.begin(), limits_.end(), later);
    }

    /// False: the time limit has expired.
    bool await_one(time_limit limit) {
        return this_process::receive(
            when([&](const down& d) { return watched_.contains(d.ref.id); },
                 [&](down d) {
                     took(d);
                     return true;
                 }),
            when([&](const exit_signal& e) { return released_later_.contains(e.from); },
                 [&](exit_signal e) {
                     const std::size_t i = released_later_.at(e.from);
                     released_later_.erase(e.from);
                     finish(i, std::move(e.reason));
                     return true;
                 }),
            after(limit, [] { return false; }));
    }
    void took(const down& d) {
        const auto order = watched_.find(d.ref.id);
        const std::size_t i = order->second;
        watched_.erase(order);
        if (link_is_pending(d))
            released_later_.emplace(d.process, i);
        else
            finish(i, d.reason);
    }
    void finish(std::size_t i, exit_reason why) {
        gone_[i] = true;
        ended_(i, unlink_and_flush(orders_[i].process, std::move(why)));
    }

    void time_is_up() {
        const auto now = limits_.back().at;
        std::vector<limit> next;
        for (; !limits_.empty() && limits_.back().at == now; limits_.pop_back()) {
            const limit& l = limits_.back();
            if (gone_[l.order])
                continue;
            const pid process = orders_[l.order].process;
            if (!l.was_killed)
                process.exit(exit_reason::kill);
            else if (!process.alive()) {
                give_up(l.order);
                continue;
            }
            next.push_back({this_process::now() + after_a_kill, l.order, true});
        }
        limits_.insert(limits_.end(), next.begin(), next.end());
        sort_limits();
    }
    void give_up(std::size_t i) {
        const pid process = orders_[i].process;
        report_unreleased(process);
        released_later_.erase(process);
        for (auto w = watched_.begin(); w != watched_.end(); ++w)
            if (w->second == i) {
                this_process::demonitor({w->first}, this_process::flush::yes);
                watched_.erase(w);
                break;
            }
        finish(i, exit_reason::killed);
    }

    std::span<const stop_order> orders_;
    const std::function<void(std::size_t, const exit_reason&)>& ended_;
    boost::unordered_flat_map<std::uint64_t, std::size_t> watched_; // monitor -> order
    boost::unordered_flat_map<pid, std::size_t, std::hash<pid>> released_later_;
    std::vector<limit> limits_;
    std::vector<bool> gone_;
};

} // namespace

void stop_together(std::span<const stop_order> orders,
                   const std::function<void(std::size_t, const exit_reason&)>& ended) {
    shutdown_round all{orders, ended};
    all.tell_all();
    all.await_all();
}

} // namespace coppice::detail
