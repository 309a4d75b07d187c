// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/pid.hpp>

/// What a process may do to itself. Every function here must run inside a process; where it does
/// not, a `std::logic_error` says so.
namespace coppice::this_process {

/// Who we are. Nobody, when the caller is not a process.
pid self() noexcept;
/// Who started us; nobody for a process that a plain thread started.
pid parent() noexcept;

// --- links, monitors, signals ---

/// Links us with `other`: if one ends abnormally, so does the other. Both ways, at most one link.
///
/// Errors: `other` is dead: an `exit_signal` with `noproc` when we trap exits, else throws
/// `call_error` with `errc::noproc`.
void link(pid other);
/// Removes the link. Nothing of `other`'s end reaches us afterwards over it.
void unlink(pid other);
/// Asks to be told, once, by a `down`, when `other` ends. Monitors stack.
[[nodiscard]] monitor_ref monitor(pid other);
/// Monitors whoever bears the name now; `noproc` at once when nobody does.
[[nodiscard]] monitor_ref monitor(std::string_view name);
/// What becomes of a `down` that already waits in the mailbox.
enum class flush : bool { no, yes };
/// Takes a monitor back. True when there still was one; false when its `down` had been sent.
bool demonitor(monitor_ref, flush = flush::no);
/// True: exit signals arrive as `exit_signal` messages, except `kill`. Returns what held before.
bool trap_exit(bool on);
bool traps_exit() noexcept;

// --- ending ---

/// Ends this process now. Does not return. In a constructor: the start fails with `reason`.
///
/// It leaves by an exception that is no `std::exception`; let it pass.
[[noreturn]] void exit(const exit_reason& reason);
/// Ends this server after the handler that runs: `terminate`, then its answer. The last call counts.
/// In a constructor: when it returns, the start fails with `reason`, and the object is destroyed.
void stop(const exit_reason& reason = exit_reason::normal);
/// In a constructor: "do not start me, and that is no failure". Does not return.
[[noreturn]] void ignore();

// --- time ---

/// Waits. Other processes run meanwhile.
void sleep(time_limit limit);
/// Lets others run first.
void yield();
/// Now, on the runtime's clock: virtual under simulation.
time_limit::clock::time_point now() noexcept;
/// In a server: calls `handle_info(timeout)` if no message comes within `d` after this handler.
/// Any message cancels it. 0 or less: at once, unless a message waits already; the longest: never.
void idle_timeout(time_span d);
/// In a server: from its next message on it runs on threads that give way to all others, because it
/// takes much processor time; or no longer. A server that is seen to do so is moved there and back
/// without asking; one that says so stays. Returns what held before.
///
/// Errors: std::logic_error in a process that is a function: it keeps its thread for life, so say it at
/// its start, with `spawn_options::heavy`.
bool heavy(bool on = true);
/// A hint that it will be long idle: memory that it does not need now is given back, and fetched again
/// when it is needed. What the user's own objects hold stays.
///
/// A server holds no stack while it waits. After the handler it gives back the room of links and
/// monitors that are gone: 33 KB of one that had 800 of each. A process that is a function gives
/// back at once what lies below this call on its stack: 98 KB of one that had used 100 KiB.
void hibernate();

} // namespace coppice::this_process
