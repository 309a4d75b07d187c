// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/request_set.hpp>
#include <coppice/start.hpp>
#include <coppice/this_process.hpp>

/// A server: a process that owns a state and handles one message at a time. OTP's gen_server.
///
/// A class with handlers is a server; nothing is inherited and nothing registered.
///
///     struct add   { int by; };             // no reply: a cast
///     struct total { using reply = int; };  // a reply:  a call
///
///     class counter {
///     public:
///         explicit counter(int start) : n_{start} {}
///         void handle_cast(add a) { n_ += a.by; }
///         int handle_call(total) const { return n_; }
///     private:
///         int n_;
///     };
///
///     auto c = start<counter>(0);
///     c.cast(add{5});
///     int n = c.call(total{});
///
/// **Messages.** A message is a struct that moves without throwing. `using reply = R;` in it makes
/// it a call that is answered with an R; without one it is a cast. The compiler checks where the
/// message is sent that the server handles it.
///
/// **Handlers**, found by overload resolution:
///
/// | handler | for | OTP |
/// |---|---|---|
/// | `R handle_call(M)` | a call, answered by what it returns | `{reply, R, S}` |
/// | `void handle_call(M, from<R>)` | a call, answered later by `from::reply` | `{noreply, S}` |
/// | `void handle_cast(M)` | a cast | `handle_cast/2` |
/// | `void handle_info(M)` | what `send` sent; M may be `down`, `exit_signal`, `timeout`, `message` | `handle_info/2` |
/// | `void handle_continue(M)` | what `continue_with` asked for | `handle_continue/2` |
/// | `void terminate(const exit_reason&)` | before an orderly end | `terminate/2` |
/// | `std::string format_status() const` | crash reports | `format_status/2` |
///
/// What comes untyped, by `pid::send`, reaches `handle_info(message)` only. A message without a
/// handler is reported and dropped. Private handlers need `friend coppice::handler_access;`.
///
/// **The process.** What OTP returns in tuples is said by functions of `this_process`: `stop()`
/// after this handler, `exit(reason)` now, `idle_timeout(d)`, `continue_with(this, m)`,
/// `hibernate()`, `ignore()` in the constructor.
///
/// **Errors.** An exception that leaves a handler ends the process: the caller of a call gets
/// `exited` with the reason, links and monitors are told, a crash report is written, and a
/// supervisor starts the server afresh. With `static constexpr bool keep_state_on_error = true;` in
/// the class the error goes to the caller alone and the server serves on.
///
/// **Under a supervisor.** `child<counter>(the_counter, 0)` in a supervisor's list; see
/// supervisor.hpp. A server that other processes depend on is started there and nowhere else.
///
/// **Names.** `inline constexpr server_name<counter> the_counter{"counter"};` see server_name.hpp.
///
/// **Timeouts.** A call waits five seconds where nothing is said, as in OTP; the timeout is its
/// last argument: a duration, a deadline, or `infinity`. A call that has timed out may still be
/// handled. In a handler of a call, a call without a timeout also ends when the handler's own
/// caller gives up: `this_process::deadline`. `skip_late_requests` leaves out what its caller has
/// given up; docs/explanation/overload.md says when that helps. `this_process::idle_timeout` is for
/// a server that nothing is sent to.
///
/// **When not.** Code without a state or a life of its own needs no process: a function or a class
/// is simpler and faster. A server handles one message at a time, so it is no place to compute for
/// long while others wait: start a process for that.
///
/// **Debugging.** `process_info(pid)` shows what a process does and waits for; `sys::suspend` holds
/// a server still, `sys::get_state` looks into it, `sys::trace` shows what comes and goes
/// (sys.hpp); `COPPICE_LOG=debug` shows what is dropped.
///
/// Context: handlers run in the server's process, one at a time, on whatever thread it is scheduled
/// on; they may wait (call, sleep, use_process) and must not block the thread (see blocking.hpp).
/// Source: OTP, module gen_server.
namespace coppice::this_process {

/// A typed reference to the server that runs, for itself: `self(this)`; in its constructor, too.
///
/// Context: in the server's process.
template <class S>
server_ref<S> self(const S*) {
    return server_ref<S>{self()};
}

/// Calls the server's `handle_continue(m)` before its next message; in a constructor, after the
/// start has returned.
///
/// Context: in the server's process; does not suspend. Source: OTP, `{continue, Term}`.
template <class S, class M>
void continue_with(S*, M m) {
    detail::post_continue(
        detail::make_envelope<detail::typed_envelope<S, M, detail::verb::continues>>(std::move(m)));
}

} // namespace coppice::this_process
