// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/child_spec.hpp>

// What a supervisor logs, one function for each event. Source: OTP, "SUPERVISOR REPORT",
// "PROGRESS REPORT".
namespace coppice::detail {

/// A child was started.
void report_started(const child_spec& spec, pid process);
/// A start, or a restart, has failed.
void report_start_error(const child_spec& spec, const exit_reason& why);
/// A child has exited by itself.
void report_child_terminated(const child_spec& spec,
                             pid process,
                             const exit_reason& why,
                             std::size_t restarts_left);
/// A child that was told to stop exited in another way: its timeout expired, or it crashed.
///
/// `children`: how many children exited so, where many are stopped at once.
void report_shutdown_error(const child_spec& spec,
                           pid process,
                           const exit_reason& why,
                           std::size_t children = 1);
/// There were too many restarts; the supervisor exits.
void report_gave_up(const child_spec& spec,
                    std::size_t intensity,
                    time_limit::clock::duration period);
/// The supervisor received a message that it does not handle.
void report_unexpected(std::string_view message_type);

} // namespace coppice::detail
