// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <algorithm>
#include <chrono>

namespace coppice::detail {

/// How much processor time a process has used lately, and whether that makes it CPU-bound.
///
/// A leaky bucket: the processor time that the process uses flows in, a twentieth of all time flows
/// out. A process is CPU-bound when two of its handlers overran their time slice within a second
/// and its bucket is full. One long handler does not make it so, however long, or the next calls of
/// a server that is usually quick would wait behind CPU-bound ones. It is no longer CPU-bound when
/// its bucket has drained.
///
/// Units: processor time of the thread. Context: one owner.
class cpu_usage {
public:
    using clock = std::chrono::steady_clock;
    using duration = std::chrono::nanoseconds;

    static constexpr duration full = std::chrono::milliseconds{8};
    static constexpr duration drained = std::chrono::microseconds{500};
    static constexpr duration most = std::chrono::milliseconds{32};
    static constexpr int leak = 20; // a share of the time that passes
    static constexpr int overruns_of_a_cpu_bound_process = 2;
    static constexpr duration memory = std::chrono::seconds{1}; // of overruns

    void charge(duration cpu, clock::time_point now) noexcept {
        level_ = std::min(most, level(now) + cpu);
        since_ = now;
    }
    /// Time that the process spent runnable but not scheduled does not drain the bucket.
    void waited(duration for_its_turn) noexcept { since_ += for_its_turn; }
    /// A single handler took longer than its time slice.
    void overrun(clock::time_point now) noexcept {
        overruns_ = now - last_overrun_ > memory ? 1 : overruns_ + 1;
        last_overrun_ = now;
    }
    duration level(clock::time_point now) const noexcept {
        return std::max(duration{0}, level_ - (now - since_) / leak);
    }
    bool is_cpu_bound(clock::time_point now) const noexcept {
        return overruns_ >= overruns_of_a_cpu_bound_process && level(now) >= full;
    }
    bool has_drained(clock::time_point now) const noexcept { return level(now) < drained; }
    /// Orders processes by their level for all time, since all buckets leak equally fast: the
    /// process with the smaller rank has used less, or has waited long enough to go first.
    std::int64_t rank(clock::time_point now) const noexcept {
        return (level(now) + now.time_since_epoch() / leak).count();
    }

private:
    duration level_{0};
    clock::time_point since_{};
    clock::time_point last_overrun_{};
    int overruns_ = 0;
};

} // namespace coppice::detail
