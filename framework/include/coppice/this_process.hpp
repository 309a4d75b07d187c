// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/pid.hpp>
#include <coppice/priority.hpp>

/// What a process can do with itself: links, monitors, its end, time.
///
/// Errors of all: std::logic_error outside a process, but for `self`, `parent`, `now` and
/// `deadline`.
/// Context of all: inside a process. None is a cancellation point but those that wait: `sleep`,
/// `yield`, `receive`.
/// Source: OTP, module erlang; Elixir, module Process.
namespace coppice::this_process {

/// The pid of the calling process; null outside a process.
pid self() noexcept;
/// The process that started the calling one; null when a plain thread did.
pid parent() noexcept;

// --- links, monitors, signals ---

/// Links the calling process with `other`: if one ends abnormally, so does the other. There is at
/// most one link between two processes.
///
/// Errors: where `other` has exited: an `exit_signal` with `noproc` to a process that traps exits;
/// else throws `call_error` with `errc::noproc`.
/// Source: OTP, link/1.
void link(pid other);
/// Removes the link. No exit signal of `other` arrives over it afterwards. Source: OTP, unlink/1.
void unlink(pid other);
/// A `down` arrives, once, when `other` has exited; at once with `noproc` when it has before. Each
/// call makes one more monitor. Source: OTP, monitor/2.
[[nodiscard]] monitor_ref monitor(pid other);
/// Monitors the process registered under the name; `noproc` when there is none.
[[nodiscard]] monitor_ref monitor(std::string_view name);
/// What becomes of a `down` that already waits in the mailbox.
enum class flush : bool { no, yes };
/// Removes a monitor. True when there was one; false when its `down` had been sent.
/// Source: OTP, demonitor/2.
bool demonitor(monitor_ref, flush = flush::no);
/// True: exit signals arrive as `exit_signal` messages, except `kill`. Returns what held before.
/// Source: OTP, process_flag(trap_exit, Boolean).
bool trap_exit(bool on);
bool traps_exit() noexcept;

// --- the end ---

/// Ends this process now. Does not return. In a constructor: the start fails with `reason`.
///
/// It leaves by an exception that is no `std::exception`; a handler that catches all must rethrow
/// it.
/// Source: OTP, exit/1.
[[noreturn]] void exit(const exit_reason& reason);
/// Ends this server after the handler that runs: `terminate`, then the reply. The last call counts.
/// In a constructor: when it returns, the start fails with `reason`, and the object is destroyed.
/// Source: OTP, `{stop, Reason, State}`.
void stop(const exit_reason& reason = exit_reason::normal);
/// In a constructor: there is nothing to start, and that is no failure. Does not return.
/// Source: OTP, `ignore`.
[[noreturn]] void ignore();

// --- time ---

/// Suspends the process until the timeout has passed. Other processes run meanwhile.
void sleep(time_limit timeout);
/// Lets other processes run first. Source: OTP, erlang:yield/0.
void yield();
/// The time on the runtime's clock; virtual in a simulation. Context: any thread.
time_limit::clock::time_point now() noexcept;
/// When the caller of the request in hand gives up, as a timeout:
/// `the_store.call(get{k}, this_process::deadline())`. `infinity` where it waits for ever, and
/// outside of a handler of a call: in a cast, an info, `terminate`, a function process. In a
/// constructor: when the start gives up.
///
/// What a handler calls or waits for without a timeout ends at this deadline, or after five seconds
/// if that is sooner; a timeout that is given stands as it is. So a chain of servers gives up no
/// later than the first caller. In a handler that is late already, a call without a timeout fails
/// with `errc::timeout` at once, and is not sent.
///
/// What a handler spawns has no caller: it gets the deadline as an argument if it is to know.
///
/// Units: the runtime's clock, as `now`; never later than the caller's own timeout, and up to some
/// milliseconds sooner where that is a second or longer. Context: any thread.
/// Source: Go, context.Context; gRPC, deadline propagation. OTP has none.
time_limit deadline() noexcept;
/// In a server: calls `handle_info(timeout)` if no message comes within `timeout` after this
/// handler. Any message cancels it. 0 or less: at once, unless a message waits already; `infinity`:
/// never. Source: OTP, `{noreply, State, Timeout}`.
void idle_timeout(time_span timeout);
/// In a server: the priority that it has from its next message on. Returns what held before.
///
/// A server with `priority::low` runs on threads that give way to all others. One that takes much
/// processor time is moved there and back by the scheduler; one whose priority was set stays.
///
/// Errors: std::logic_error in a function process: it keeps its thread for life, so its priority is
/// set at its start, with `spawn_options::priority`.
/// Source: OTP, process_flag(priority, Level).
priority set_priority(priority level);
/// A hint that the process will be long idle: memory that it does not need now is given back, and
/// fetched again when it is needed. What the user's own objects hold stays.
///
/// A server holds no stack while it waits. After the handler it gives back the room of links and
/// monitors that are gone: 33 KB of one that had 800 of each. A function process gives back at once
/// what lies below this call on its stack: 98 KB of one that had used 100 KiB.
/// Source: OTP, erlang:hibernate/3.
void hibernate();

} // namespace coppice::this_process
