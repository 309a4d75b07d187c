// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/pid.hpp>
#include <optional>
#include <vector>

namespace coppice {

/// What a process does at this moment.
enum class process_status : std::uint8_t {
    runnable,
    running,
    waiting,
    /// It ends: its exit is pending, its `terminate` runs, or it has exited and destructors still run or
    /// wait, on its stack or of its object. Then `alive()` is false and it is missing in `processes()`.
    exiting,
};
std::string_view to_string(process_status) noexcept;

/// A look at a process from outside. Numbers may be a moment old.
struct process_info {
    pid process;
    std::string name; ///< registered name; empty if none
    std::string type; ///< its label if it has one, else server class or type of the function
    pid parent;
    process_status status = process_status::runnable;
    bool traps_exit = false;
    bool heavy = false;        ///< runs on threads that give way to all others
    std::size_t messages = 0;  ///< waiting, as far as the process has seen them
    std::uint64_t dropped = 0; ///< lost to a full mailbox
    std::string handling;      ///< type of the message being handled, or `terminate`; else empty
    pid waits_for;             ///< the server it waits for in a call; nobody if none
    std::vector<pid> links;    ///< in no order
    std::vector<pid> monitors; ///< whom it monitors; once for each monitor
};

/// Nothing when the process is gone.
///
/// Context: any thread; suspends: the process itself is asked. One that has run a handler for 100 ms
/// without suspending is described from outside; so is any, in a handler of Asio.
std::optional<process_info> info(pid who);

/// The same without asking: it disturbs nobody and does not suspend. Parent, links, monitors and
/// label stay empty.
std::optional<process_info> info_from_outside(pid who);

/// All living processes, in no order.
std::vector<pid> processes();

namespace this_process {
process_info info();
} // namespace this_process

} // namespace coppice
