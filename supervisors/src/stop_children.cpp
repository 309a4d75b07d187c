// SPDX-License-Identifier: BSL-1.0
#include "stop_children.hpp"

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <coppice/receive.hpp>
#include <coppice/this_process.hpp>
#include <vector>

namespace coppice::detail {

namespace {

void tell(pid process, const shutdown_policy& how) {
    process.exit(how.is_brutal() ? exit_reason::kill : exit_reason::shutdown);
}

// Takes the link away. Its exit signal knows the reason even where the monitor came too late and
// could only say `noproc`.
exit_reason unlink_and_flush(pid process, exit_reason seen) {
    this_process::unlink(process);
    return this_process::receive(when([&](const exit_signal& e) { return e.from == process; },
                                      [](exit_signal e) { return std::move(e.reason); }),
                                 after(std::chrono::seconds{0}, [&] { return std::move(seen); }));
}

std::optional<exit_reason> await_end(monitor_ref watch, time_limit limit) {
    return this_process::receive(when([&](const down& d) { return d.ref == watch; },
                                      [](down d) { return std::optional{std::move(d.reason)}; }),
                                 after(limit, [] { return std::optional<exit_reason>{}; }));
}

} // namespace

exit_reason stop_process(pid process, const shutdown_policy& how) {
    const monitor_ref watch = this_process::monitor(process);
    tell(process, how);
    auto why = await_end(watch, how.limit());
    if (!why) {
        process.exit(exit_reason::kill);
        why = await_end(watch, infinity);
    }
    return unlink_and_flush(process, std::move(*why));
}

void stop_together(std::span<const stop_order> orders,
                   const std::function<void(std::size_t, const exit_reason&)>& ended) {
    using clock = time_limit::clock;
    boost::unordered_flat_map<std::uint64_t, std::size_t> waiting; // monitor -> order
    std::vector<std::pair<clock::time_point, std::size_t>> limits; // latest first
    std::vector<bool> gone(orders.size());
    // False: the time was up.
    const auto await_one = [&](time_limit limit) {
        const auto last =
            this_process::receive(when([&](const down& d) { return waiting.contains(d.ref.id); },
                                       [](down d) { return std::optional{std::move(d)}; }),
                                  after(limit, [] { return std::optional<down>{}; }));
        if (!last)
            return false;
        const auto order = waiting.find(last->ref.id);
        const std::size_t i = order->second;
        waiting.erase(order);
        gone[i] = true;
        ended(i, unlink_and_flush(last->process, last->reason));
        return true;
    };

    const auto now = this_process::now();
    constexpr std::size_t told_at_once = 1000;
    for (std::size_t i = 0; i < orders.size(); ++i) {
        if (i % told_at_once == told_at_once - 1) { // a million take long
            this_process::yield();
            while (!waiting.empty() && await_one(std::chrono::seconds{0})) {}
        }
        waiting.emplace(this_process::monitor(orders[i].process).id, i);
        tell(orders[i].process, orders[i].how);
    }
    for (std::size_t i = orders.size(); i-- > 0;)
        if (!gone[i] && !orders[i].how.is_brutal() && !orders[i].how.is_infinite())
            limits.emplace_back(orders[i].how.limit().deadline(now), i);
    if (!std::is_sorted(limits.begin(), limits.end(), std::greater{})) // mostly all are the same
        std::sort(limits.begin(), limits.end(), std::greater{});

    while (!waiting.empty()) {
        if (await_one(limits.empty() ? time_limit{infinity} : time_limit{limits.back().first}))
            continue;
        for (const auto late = limits.back().first; !limits.empty() && limits.back().first == late;
             limits.pop_back())
            if (!gone[limits.back().second])
                orders[limits.back().second].process.exit(exit_reason::kill);
    }
}

} // namespace coppice::detail
