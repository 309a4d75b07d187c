// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/error.hpp>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// The runtime: the threads that run processes, with work stealing between them. `application`
/// starts and stops it.
///
/// Source: OTP, the emulator's schedulers.
namespace coppice::runtime {

/// What becomes of a process whose stack ends in std::terminate: an exception met a destructor or a
/// noexcept function, or the code called std::terminate.
enum class terminate_policy : std::uint8_t {
    /// The process ends with `{terminate, what}`, or with the exit that was pending; the program
    /// goes on. Its stack is left as it is and never used again: objects on it, and the server's
    /// object, are not destroyed, and a mutex that was held stays held.
    abandon,
    abort, ///< the program ends, by the terminate handler that was installed before
};

struct options {
    std::size_t threads = 0; ///< 0: one for each core
    /// Of a process that runs; at least 16 KiB. Under AddressSanitizer it is four times as large.
    std::size_t stack_size = 64 * 1024;
    std::size_t max_stacks = 30'000; ///< how many processes may be inside a handler at once
    /// How long a handler may compute before the other threads take over what waits behind it. A
    /// server that exceeds it again and again runs on threads of low priority; 0: none does.
    time_span time_slice = std::chrono::milliseconds{1};
    /// A handler that holds its thread for longer is reported (see `long_handler`); 0: never.
    time_span long_handler = std::chrono::milliseconds{100};
    terminate_policy on_terminate = terminate_policy::abandon;
};

/// Starts the runtime. While another thread stops it, waits for the end of that first.
///
/// Errors: std::logic_error when it runs already, std::invalid_argument for bad options,
/// std::runtime_error on a heap that tags its addresses; what the system refuses (threads,
/// descriptors, memory) is thrown as it comes. Then nothing has started.
/// Context: a plain thread, whose signal mask the runtime's threads have;
/// `docs/explanation/start-and-stop.md` says what starts and stops do that meet.
void start(const options& o = {});
/// Context: any thread.
bool running() noexcept;

/// A process that a stop could not end in time.
struct unstopped_process {
    std::string name;  ///< name and pid, and its type
    std::string doing; ///< what it was doing
};

/// Kills all processes, waits for their exit until the timeout has passed, and ends the threads.
///
/// From its beginning on nothing is spawned or started any more. It always returns: a process that
/// computes without ever suspending, or waits for what does not end, cannot be ended. It is named
/// in the result and in the log, and left behind on its thread.
/// Errors: std::logic_error in a process, a handler of Asio and a piece of `blocking`, which it
/// would wait for. When no runtime runs it does nothing; while another thread stops it, it waits
/// for that.
/// Context: a plain thread; blocks it.
std::vector<unstopped_process> stop(time_span timeout = std::chrono::seconds{5});

/// Runs `f` as a process and waits for its end. An exception that leaves `f` is thrown here.
///
/// Starts a runtime, and stops it afterwards, if none runs.
/// Errors: call_error with code `exited` when the process ended before `f` did, by an exit signal
/// or this_process::exit, and not with reason `normal`; std::logic_error in a process and in a
/// handler of Asio.
/// Context: a plain thread, or a piece of `blocking`; blocks it.
void run(const std::function<void()>& f);

/// The number of normal threads; 0 without a runtime. Context: any thread.
std::size_t thread_count() noexcept;

/// How many stacks of processes ended in std::terminate and were left behind, since the program
/// began. Each keeps `options::stack_size` bytes, counts against `options::max_stacks`, and was
/// reported. Context: any thread.
std::size_t abandoned_stacks() noexcept;

} // namespace coppice::runtime

namespace coppice::detail {
/// Errors: throws std::logic_error that names `what` on a thread of the runtime, which would wait
/// there for itself.
void require_plain_thread(std::string_view what);
} // namespace coppice::detail
