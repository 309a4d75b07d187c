// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "part.hpp"
#include <coppice/process.hpp>
#include <coppice/receive.hpp>
#include <coppice/this_process.hpp>
#include <functional>
#include <map>
#include <vector>

namespace stress {

/// Processes that start and exit in a fixed number of places. Any thread may look them up.
class process_pool {
public:
    /// `start(place)` starts a process, or returns a null pid when that failed this time.
    process_pool(std::size_t places, std::function<coppice::pid(std::size_t)> start)
        : pids_(places), start_{std::move(start)} {}

    std::size_t size() const { return pids_.size(); }
    coppice::pid at(std::size_t i) const {
        return coppice::detail::pid_access::make(pids_[i].load(std::memory_order_acquire));
    }
    coppice::pid any(dice& d) const { return at(d(size())); }
    bool closing() const { return closing_.load(std::memory_order_relaxed); }

    /// Fills the places, and each again when its process has exited, until the time is over and
    /// `enough` holds; then kills all processes. The caller is a process that no other process
    /// kills.
    void run(
        const order& o, const std::function<bool()>& enough = [] { return true; }) {
        using namespace std::chrono_literals;
        for (std::size_t i = 0; i < size(); ++i)
            fill(i);
        while (o.time_left() || !enough())
            if (const auto d = coppice::this_process::receive<coppice::down>(20ms))
                fill(gone(*d));
        closing_ = true;
        for (std::size_t i = 0; i < size(); ++i)
            at(i).exit(coppice::exit_reason::kill);
        while (!places_.empty())
            gone(coppice::this_process::receive<coppice::down>());
    }

    std::uint64_t started() const { return started_; }

private:
    void fill(std::size_t place) {
        coppice::pid p;
        while (!p)
            p = start_(place);
        ++started_;
        pids_[place].store(coppice::detail::pid_access::word(p), std::memory_order_release);
        places_[coppice::this_process::monitor(p)] = place;
    }
    std::size_t gone(const coppice::down& d) {
        const auto found = places_.find(d.ref);
        require(found != places_.end(), "a `down` comes once, and only for a monitored process");
        const std::size_t place = found->second;
        places_.erase(found);
        watchdog::progress();
        return place;
    }

    std::vector<std::atomic<std::uint64_t>> pids_;
    std::function<coppice::pid(std::size_t)> start_;
    std::map<coppice::monitor_ref, std::size_t> places_;
    std::atomic<bool> closing_{false};
    std::uint64_t started_ = 0;
};

} // namespace stress
