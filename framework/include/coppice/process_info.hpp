// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/pid.hpp>
#include <coppice/priority.hpp>
#include <optional>
#include <vector>

namespace coppice {

/// What a process does at this moment.
enum class process_status : std::uint8_t {
    runnable,
    running,
    waiting,
    /// It ends: its exit is pending, its `terminate` runs, or it has exited and destructors still
    /// run or wait, on its stack or of its object. Then `alive()` is false and it is missing in
    /// `processes()`.
    exiting,
};
std::string_view to_string(process_status) noexcept;

/// What a process looked like when it was asked. Numbers may be a moment old.
///
/// Source: OTP, process_info/1.
struct process_snapshot {
    pid process;
    std::string name; ///< registered name; empty if none
    std::string type; ///< its label if it has one, else server class or type of the function
    pid parent;
    process_status status = process_status::runnable;
    bool traps_exit = false;
    coppice::priority priority = priority::normal;
    /// Waiting, with those of a suspended server. Of a process that runs one handler, or waits in
    /// it: what it has seen, and at most 63 more, or all of them while a `system_monitor` watches
    /// message queues.
    std::size_t messages = 0;
    std::uint64_t dropped = 0; ///< lost to a full mailbox
    /// Not handled, since their callers had given up (`skip_late_requests`).
    std::uint64_t late_requests = 0;
    std::string handling;      ///< type of the message being handled, or `terminate`; else empty
    pid waits_for;             ///< the server it waits for in a call; null if none
    std::vector<pid> links;    ///< in no order
    std::vector<pid> monitors; ///< the processes that it monitors; once for each monitor
};

/// Asks a process about itself. Nothing when there is no trace of it left.
///
/// Context: any thread; suspends: the process itself is asked. One that has run a handler for
/// 100 ms without suspending is described from outside; so is any, in a handler of Asio.
/// Source: OTP, process_info/1.
std::optional<process_snapshot> process_info(pid process);

/// The same without asking the process: parent, links, monitors, label and late requests stay
/// empty.
///
/// Context: any thread; does not suspend.
std::optional<process_snapshot> process_info_from_outside(pid process);

/// All processes that have not exited, in no order.
///
/// Context: any thread; does not suspend. Source: OTP, processes/0.
std::vector<pid> processes();

namespace this_process {
/// The calling process. Context: inside a process; does not suspend.
process_snapshot info();
} // namespace this_process

} // namespace coppice
