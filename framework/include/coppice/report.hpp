// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/log_record.hpp>
#include <string>
#include <vector>

/// What the runtime and the supervisors report, an event a struct.
///
/// The same value is written, shown, and expected by a test. In each, `name` is the registered name
/// and may be empty, as may any text that is not known.
///
/// Source: OTP, "SASL Error Logging": crash report, supervisor report, progress report.
namespace coppice {

// --- processes ---

/// A process ended by an exception or with a reason that is not orderly. Severity: error.
struct process_crashed {
    pid process = {};
    std::string name = {};
    std::string type = {};     ///< its label, or server class, or type of the function
    exit_reason reason = {};   ///< `reason.crash()`: exception, its text, where it was thrown
    std::string handling = {}; ///< type of the message that was being handled
    std::string state = {};    ///< what `format_status()` says
    std::size_t messages = 0;  ///< that were waiting
    std::vector<std::string> ancestors = {}; ///< parent first: names, or pids of the nameless
    std::vector<std::string> callers = {};   ///< the same: `this_process::callers` of a task
    std::vector<std::string> links = {};     ///< the same, at most a hundred
    std::size_t further_links = 0;           ///< that are not among them
};

/// A process's stack ended in std::terminate: an exception met a destructor or a noexcept function.
/// The process has ended, and its stack is left behind. Severity: critical.
struct stack_abandoned {
    pid process = {};
    std::string name = {};
    std::string type = {};     ///< its label, or server class, or type of the function
    exit_reason reason = {};   ///< `{terminate, what}`, or the exit that was pending
    std::string handling = {}; ///< type of the message that was being handled
    std::string trace = {};    ///< a frame a line, innermost first
    std::size_t total = 1;     ///< such stacks in this program so far
};

/// A handler failed that has no caller to tell; the server keeps its state and goes on.
/// Severity: error.
struct handler_failed {
    pid process = {};
    std::string name = {};
    std::string type = {};
    exit_reason reason = {};
    std::string handling = {};
};

/// A message that no handler takes. Severity: warning.
struct unexpected_message {
    pid process = {};
    std::string name = {};
    std::string type = {};
    std::string message = {}; ///< its type
};

/// A process caught the exception that ends it and ran on to the next suspension point.
/// Severity: warning.
struct exit_swallowed {
    pid process = {};
    std::string name = {};
    std::string type = {};
    std::string handling = {};
    std::size_t times = 1;
};

/// A handler has run for so long without suspending that others wait. Severity: warning.
///
/// A handler of Asio that belongs to no process has no pid, and the name "a handler of Asio".
struct long_handler {
    pid process = {};
    std::string name = {};
    std::string type = {};
    std::string handling = {};
    time_limit::clock::duration ran{};
    /// Where it is, a frame a line, innermost first. If it waits in a system call, not for a lock:
    /// that function alone. Else nothing if the thread gave no answer in 100 ms, under a sanitizer
    /// or valgrind, and in a program that uses SIGURG (docs/explanation/start-and-stop.md).
    std::string trace = {};
};

/// A process waits for a lock of the kernel's - a std::mutex, the guard of a function-local static,
/// a condition variable - and so blocks its thread, on which other processes are suspended. If one
/// of those holds the lock, none of them goes on, ever: see docs/explanation/blocking.md. Severity:
/// critical.
struct thread_blocked {
    pid process = {}; ///< that waits
    std::string name = {};
    std::string type = {};
    std::string handling = {};
    time_limit::clock::duration waited{};
    std::vector<std::string> suspended = {}; ///< on the same thread, at most 16
    std::size_t further_suspended = 0;       ///< that are not among them
};

/// A process did not end at shutdown and was left behind on its thread. Severity: critical.
struct process_abandoned {
    std::string name = {}; ///< its name, pid and type
    std::string doing = {};
};

// --- messages ---

/// A message to a process that has exited, or to a null pid. Severity: debug.
struct dead_letter {
    pid to = {};
    std::string message = {}; ///< its type
    errc why = errc::noproc;
};

/// A message lost to a full mailbox. Severity: warning.
struct message_dropped {
    pid process = {}; ///< whose mailbox is full
    std::string name = {};
    std::string message = {}; ///< type of the lost message
    std::string policy = {};  ///< `drop_newest`, `drop_oldest`, ...
    std::uint64_t total = 1;  ///< lost by this mailbox so far
};

// --- supervisors ---

/// A child was started, or started again. Severity: info.
struct child_started {
    pid supervisor = {};
    std::string name = {};  ///< the supervisor's
    std::string child = {}; ///< its id
    pid process = {};
};

/// A start or a restart has failed. Severity: error.
struct child_start_failed {
    pid supervisor = {};
    std::string name = {};
    std::string child = {};
    exit_reason reason = {};
};

/// A child has ended by itself. Severity: error, and info for an orderly end.
struct child_terminated {
    pid supervisor = {};
    std::string name = {};
    std::string child = {};
    pid process = {};
    exit_reason reason = {};
    std::size_t restarts_left = 0; ///< before the supervisor gives up
};

/// A child that was told to stop ended otherwise: its time was over, or it crashed. Severity:
/// error.
struct shutdown_error {
    pid supervisor = {};
    std::string name = {};
    std::string child = {};
    pid process = {};
    exit_reason reason = {};
    std::size_t children = 1; ///< how many ended so, where many are stopped at once
};

/// There were too many restarts, and the supervisor ends. Severity: critical.
struct supervisor_gave_up {
    pid supervisor = {};
    std::string name = {};
    std::string child = {}; ///< whose end was one too many
    std::size_t intensity = 0;
    time_limit::clock::duration period{};
};

// --- the runtime ---

/// Anything else that the runtime has to say, in a sentence.
struct runtime_notice {
    std::string text = {};
};

void describe(const process_crashed&, log::description&);
void describe(const stack_abandoned&, log::description&);
void describe(const handler_failed&, log::description&);
void describe(const unexpected_message&, log::description&);
void describe(const exit_swallowed&, log::description&);
void describe(const long_handler&, log::description&);
void describe(const thread_blocked&, log::description&);
void describe(const process_abandoned&, log::description&);
void describe(const dead_letter&, log::description&);
void describe(const message_dropped&, log::description&);
void describe(const child_started&, log::description&);
void describe(const child_start_failed&, log::description&);
void describe(const child_terminated&, log::description&);
void describe(const shutdown_error&, log::description&);
void describe(const supervisor_gave_up&, log::description&);
void describe(const runtime_notice&, log::description&);

} // namespace coppice
