// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/brutal_kill.hpp>
#include <coppice/error.hpp>
#include <cstdint>
#include <string>

namespace coppice {

/// What a child is to its supervisor. Decides the default of `shutdown_policy`, and is counted.
enum class child_type : std::uint8_t { worker, supervisor };

/// The word for it, as it stands in logs.
std::string_view to_string(child_type) noexcept;

/// How a supervisor stops a child: how long it may take to end by itself.
///
/// The child gets an exit signal `shutdown`. When its time is over it is killed. `infinity` waits
/// as long as it takes, which is right for a supervisor (its children have limits of their own) and
/// dangerous for a worker. `brutal_kill` kills at once: the child's `terminate` does not run.
///
/// Units: any `std::chrono` duration, not negative; rounded up to nanoseconds, and `infinity` where
/// it is too long for them.
/// Context: a value; any thread.
/// Source: OTP supervisor, child specification, key `shutdown`.
class shutdown_policy {
public:
    using duration = time_limit::clock::duration;

    /// OTP's default: five seconds for a worker, `infinity` for a supervisor.
    constexpr shutdown_policy() = default;
    template <class Rep, class Period>
    constexpr shutdown_policy(std::chrono::duration<Rep, Period> d)
        : kind_{kind::timed}, time_{detail::saturated(d)} {}
    constexpr shutdown_policy(infinity_t) : kind_{kind::infinite} {}
    constexpr shutdown_policy(brutal_kill_t) : kind_{kind::brutal} {}

    /// The same, with the default filled in.
    constexpr shutdown_policy resolved(child_type type) const {
        if (kind_ != kind::by_type)
            return *this;
        return type == child_type::supervisor ? shutdown_policy{infinity}
                                              : shutdown_policy{std::chrono::seconds{5}};
    }

    constexpr bool is_default() const { return kind_ == kind::by_type; }
    constexpr bool is_brutal() const { return kind_ == kind::brutal; }
    constexpr bool is_infinite() const { return kind_ == kind::infinite; }
    /// The time of a timed one; zero for the others.
    constexpr duration time() const { return time_; }
    /// The same as a timeout; `infinity` where there is no time.
    constexpr time_limit timeout() const {
        return kind_ == kind::timed ? time_limit{time_} : time_limit{infinity};
    }

    /// `brutal_kill`, `infinity`, `5000 ms`, or `default`.
    std::string text() const;

    friend constexpr bool operator==(const shutdown_policy&, const shutdown_policy&) = default;

private:
    enum class kind : std::uint8_t { by_type, brutal, timed, infinite };
    kind kind_ = kind::by_type;
    duration time_{};
};

} // namespace coppice
