// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/error.hpp>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// The runtime: the threads that run processes. `application` starts and stops it for you.
namespace coppice::runtime {

/// What a stack of a process does that ends in std::terminate: an exception met a destructor or a noexcept
/// function, or the code called std::terminate.
enum class terminate_policy : std::uint8_t {
    /// The process ends with `{terminate, what}`, or with the exit that was pending; the program goes on.
    /// Its stack is left as it is and never used again: objects on it, and the server's object, are not
    /// destroyed, and a mutex that was held stays held.
    abandon,
    abort, ///< the program ends, by the terminate handler that was installed before
};

struct options {
    std::size_t threads = 0;            ///< 0: one for each core
    std::size_t stack_size = 64 * 1024; ///< of a process that runs; at least 16 KiB
    std::size_t max_stacks = 30'000;    ///< how many processes may be inside a handler at once
    /// What a handler may compute before the other threads take over what waits behind it. Who exceeds
    /// it again and again runs on threads of low priority, so that all others go on; 0: nobody does.
    time_span budget = std::chrono::milliseconds{1};
    /// A handler that holds its thread for longer is reported (see `long_handler`); 0: never.
    time_span long_handler = std::chrono::milliseconds{100};
    terminate_policy on_terminate = terminate_policy::abandon;
};

/// Starts it. While another thread stops it, waits for the end of that first.
///
/// Errors: std::logic_error when it runs already, std::invalid_argument for bad options; what the system
/// refuses (threads, descriptors, memory) is thrown as it comes, and then nothing has started.
/// Context: a plain thread, whose signal mask the runtime's threads have; `docs/explanation/start-and-stop.md`
/// says what starts and stops do that meet.
void start(const options& o = {});
bool running() noexcept;

/// A process that did not end in time: who it is and what it was doing.
struct straggler {
    std::string who;
    std::string doing;
};

/// Kills all processes, waits at most `grace`, and ends the threads. Always returns.
///
/// From its beginning on nothing is spawned or started any more, wherever that comes from.
///
/// A process that runs on without ever suspending, or waits for what does not come to its end, cannot be
/// ended. It is named in the result and in the log, and left behind on its thread.
/// Errors: std::logic_error in a process, a handler of Asio and a piece of `blocking`, which it would
/// wait for. When none runs it does nothing; while another thread stops it, it waits for that.
/// Context: a plain thread.
std::vector<straggler> stop(time_span grace = std::chrono::seconds{5});

/// Runs `f` as a process and waits for its end. An exception that leaves `f` is thrown here.
///
/// Errors: call_error with code `exited` when the process ended before `f` did, by an exit signal or
/// this_process::exit, and not with reason `normal`.
/// std::logic_error in a process and in a handler of Asio.
/// Starts a runtime, and stops it afterwards, if none runs. Context: a plain thread, or a piece of `blocking`.
void run(const std::function<void()>& f);

std::size_t thread_count() noexcept;

/// How many stacks of processes ended in std::terminate and were left behind, since the program began.
/// Each keeps `options::stack_size` bytes, counts against `options::max_stacks`, and was reported.
std::size_t abandoned_stacks() noexcept;

} // namespace coppice::runtime

namespace coppice::detail {
/// Errors: throws std::logic_error that names `what` on a thread of the runtime, which would wait there for
/// itself.
void require_plain_thread(std::string_view what);
} // namespace coppice::detail
