// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "process/process.hpp"
#include <coppice/report.hpp>
#include <span>
#include <string>
#include <vector>

// What the runtime has to tell, as calls that gather the facts and hand a value to coppice::log.
namespace coppice::detail {

/// `during` is the kind of message that was being handled; null if none.
void report_crash(process& p, const exit_reason& reason, const envelope_ops* during);
/// The process's stack ended in std::terminate; `frames` are of that stack, innermost first.
/// `left`: how many such stacks the program has by now.
void report_abandoned(process& p,
                      const exit_reason& reason,
                      const std::vector<const void*>& frames,
                      std::size_t left);
/// A server with keep_state goes on after a failed handler for which no caller waited.
void report_kept_going(process& p, const exit_reason& reason, const envelope_ops& during);
void report_swallowed_kill(process& p);
void report_unexpected(process& p, std::string_view message_type);
/// A message to a process that has ended, or to a null pid.
void report_undelivered(pid to, std::string_view message_type, errc why);
void report_dropped(pid to, std::string_view message_type, overflow_policy policy);
/// For the watchdog thread: `p` runs on another thread.
long_handler describe_long_handler(const process& p, time_limit::clock::duration ran);
/// The same of handlers of Asio that belong to no process.
long_handler describe_long_asio_handler(time_limit::clock::duration ran);
/// Of functions: those that the program exports are found at once, others by coppice::throw_trace.
enum class names : std::uint8_t { found_at_once, all };
/// `frames` are of the handler's stack, innermost first; none when they are not known.
void report_long_handler(long_handler e, std::span<const void* const> frames, names of_functions);
/// Processes that are suspended on one thread, as a report shows them.
struct suspended_processes {
    std::vector<std::string> some;
    std::size_t count = 0;
    void add(const process& p);
};
/// By the watchdog thread: `p` runs on another thread, and blocks it.
void report_thread_blocked(const process& p,
                           time_limit::clock::duration waited,
                           suspended_processes others);
void report_unstopped(std::string_view who, std::string_view doing);
/// A handler of Asio that belongs to no process.
void report_failed_handler(const exit_reason& why);
void report_out_of_stacks();

} // namespace coppice::detail
