// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "process/process.hpp"

// What a server does between two messages, by what its handlers have asked for (after_flag).
namespace coppice::detail {

/// What the server does next, though no message is taken.
enum class next_step : std::uint8_t { nothing, stop, run_continue, idle_timeout };

/// Decides; does nothing itself. A stop comes before all else: what a handler asked for besides is
/// not done. A continue comes before an idle timeout of zero.
constexpr next_step step_after(std::uint32_t asked_for) noexcept {
    if (asked_for & after_flag::stop)
        return next_step::stop;
    if (asked_for & after_flag::continues)
        return next_step::run_continue;
    if (asked_for & after_flag::idle_timeout)
        return next_step::idle_timeout;
    return next_step::nothing;
}

/// Is there something that a handler has asked for, and that comes before the next message?
constexpr bool comes_before_mail(std::uint32_t asked_for) noexcept {
    return (asked_for & (after_flag::stop | after_flag::continues | after_flag::idle_timeout |
                         after_flag::hibernate)) != 0;
}

} // namespace coppice::detail
