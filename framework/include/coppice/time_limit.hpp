// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <chrono>
#include <compare>
#include <ratio>
#include <type_traits>
#include <utility>

namespace coppice {

namespace detail {

using clock = std::chrono::steady_clock;

/// Any length of time as one of the clock, rounded up. What is longer than the clock can say is its
/// longest or shortest; what is no number is zero.
template <class Rep, class Period>
constexpr clock::duration saturated(std::chrono::duration<Rep, Period> d) noexcept {
    constexpr auto longest = clock::duration::max(), shortest = clock::duration::min();
    using factor = std::ratio_divide<Period, clock::period>;
    if constexpr (std::is_integral_v<Rep> && factor::den == 1) {
        constexpr clock::rep most = longest.count() / factor::num;
        if (std::cmp_greater(d.count(), most))
            return longest;
        if (std::cmp_less(d.count(), -most))
            return shortest;
        return clock::duration{static_cast<clock::rep>(d.count()) * factor::num};
    } else {
        // A long double holds each count of 64 bits exactly, and more than the range of all units.
        using wide = std::chrono::duration<long double, clock::period>;
        const wide w{d};
        if (w != w) // NOLINT(misc-redundant-expression): no number
            return clock::duration::zero();
        if (w >= wide{longest})
            return longest;
        if (w <= wide{shortest})
            return shortest;
        return std::chrono::ceil<clock::duration>(w);
    }
}

/// `t + d`, or the clock's last or first moment where that lies beyond.
constexpr clock::time_point saturated_sum(clock::time_point t, clock::duration d) noexcept {
    clock::rep sum = 0;
    if (!__builtin_add_overflow(t.time_since_epoch().count(), d.count(), &sum)) [[likely]]
        return clock::time_point{clock::duration{sum}};
    return d < d.zero() ? clock::time_point::min() : clock::time_point::max();
}

/// `a - b`, the same.
constexpr clock::duration saturated_difference(clock::time_point a, clock::time_point b) noexcept {
    clock::rep rest = 0;
    if (!__builtin_sub_overflow(a.time_since_epoch().count(), b.time_since_epoch().count(), &rest))
        [[likely]]
        return clock::duration{rest};
    return a < b ? clock::duration::min() : clock::duration::max();
}

} // namespace detail

struct infinity_t {};
/// "As long as it takes", wherever a timeout is asked for.
inline constexpr infinity_t infinity{};

/// A length of time: any `std::chrono` duration, rounded up to nanoseconds. One that is too long
/// for them is the longest, which is `infinity`.
///
/// Context: a value; any thread.
class time_span {
public:
    using clock = detail::clock;
    using duration = clock::duration;

    constexpr time_span() = default;
    template <class Rep, class Period>
    constexpr time_span(std::chrono::duration<Rep, Period> d) noexcept
        : length_{detail::saturated(d)} {}
    constexpr time_span(infinity_t) noexcept : length_{duration::max()} {}

    constexpr duration length() const noexcept { return length_; }
    constexpr operator duration() const noexcept { return length_; }
    constexpr bool is_infinite() const noexcept { return length_ == duration::max(); }
    /// When it has passed.
    constexpr clock::time_point after(clock::time_point now) const noexcept {
        return detail::saturated_sum(now, length_);
    }

    friend constexpr auto operator<=>(time_span, time_span) = default; // NOLINT

private:
    duration length_{};
};

/// OTP's five seconds.
///
/// What is called or waited for without a timeout gets this one. In a handler of a call it ends
/// sooner, when the caller of that call gives up: see `this_process::deadline`.
struct default_call_timeout_t : std::chrono::seconds {
    constexpr default_call_timeout_t() noexcept : std::chrono::seconds{5} {}
};
inline constexpr default_call_timeout_t default_call_timeout{};

/// A timeout, how long to wait: a duration, a point in time (a deadline), or `infinity`.
///
/// Units: any; rounded up to nanoseconds. What is too long or too far for them means `infinity`;
/// zero, less than zero and what is past mean "at once": what is there already still counts.
/// Context: a value; any thread.
class time_limit {
public:
    using clock = detail::clock;

    template <class Rep, class Period>
    constexpr time_limit(std::chrono::duration<Rep, Period> d) noexcept
        : time_limit{time_span{d}} {}
    // The longest length and the last moment are the same number.
    constexpr time_limit(time_span d) noexcept
        : time_{d.length()}, kind_{d.is_infinite() ? kind::absolute : kind::length} {}
    template <class Duration>
    constexpr time_limit(std::chrono::time_point<clock, Duration> t) noexcept
        : time_{detail::saturated(t.time_since_epoch())}, kind_{kind::absolute} {}
    constexpr time_limit(infinity_t) noexcept : time_limit{time_span{infinity}} {}
    constexpr time_limit(default_call_timeout_t d) noexcept
        : time_{d}, kind_{kind::length_by_default} {}

    constexpr bool is_infinite() const noexcept {
        return is_absolute() && time_ == clock::duration::max();
    }
    constexpr bool is_absolute() const noexcept { return kind_ == kind::absolute; }
    /// Was no timeout given? It is `default_call_timeout`.
    constexpr bool is_default() const noexcept { return kind_ == kind::length_by_default; }
    /// Of one that is not absolute.
    constexpr clock::duration length() const noexcept { return time_; }
    constexpr clock::time_point deadline(clock::time_point now) const noexcept {
        return is_absolute() ? clock::time_point{time_} : detail::saturated_sum(now, time_);
    }

private:
    enum class kind : unsigned char { length, length_by_default, absolute };

    // Two words, so that it is handed over in registers.
    clock::duration time_; // since the clock's epoch when it is absolute
    kind kind_;
};

} // namespace coppice
