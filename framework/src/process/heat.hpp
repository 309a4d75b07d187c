// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <algorithm>
#include <chrono>

namespace coppice::detail {

/// How much processor time a process has taken lately, and whether that makes it a hog.
///
/// A bucket that leaks: what the process takes flows in, a twentieth of all time flows out. Two long
/// handlers within a second and a full bucket make a hog; one long handler makes none, however long,
/// or the next calls of an honest server would wait behind hogs. A hog is none any more when its bucket
/// is nearly empty.
///
/// Units: processor time of the thread. Context: one owner.
class heat {
public:
    using clock = std::chrono::steady_clock;
    using duration = std::chrono::nanoseconds;

    static constexpr duration hot = std::chrono::milliseconds{8};
    static constexpr duration cool = std::chrono::microseconds{500};
    static constexpr duration most = std::chrono::milliseconds{32};
    static constexpr int leak = 20; // a share of the time that passes
    static constexpr int offences_of_a_hog = 2;
    static constexpr duration memory = std::chrono::seconds{1}; // of offences

    void charge(duration cpu, clock::time_point now) noexcept {
        level_ = std::min(most, level(now) + cpu);
        since_ = now;
    }
    /// It had something to do all the time, and was not let: that cools nobody.
    void waited(duration for_its_turn) noexcept { since_ += for_its_turn; }
    /// A single handler took longer than its budget.
    void offend(clock::time_point now) noexcept {
        offences_ = now - last_offence_ > memory ? 1 : offences_ + 1;
        last_offence_ = now;
    }
    duration level(clock::time_point now) const noexcept {
        return std::max(duration{0}, level_ - (now - since_) / leak);
    }
    bool is_hog(clock::time_point now) const noexcept {
        return offences_ >= offences_of_a_hog && level(now) >= hot;
    }
    bool is_cool(clock::time_point now) const noexcept { return level(now) < cool; }
    /// Orders processes by heat for all time, since all of them cool equally fast: the smaller one is
    /// cooler, or has waited long enough to go first.
    std::int64_t rank(clock::time_point now) const noexcept {
        return (level(now) + now.time_since_epoch() / leak).count();
    }

private:
    duration level_{0};
    clock::time_point since_{};
    clock::time_point last_offence_{};
    int offences_ = 0;
};

} // namespace coppice::detail
