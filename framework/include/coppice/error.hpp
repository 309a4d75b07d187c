// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <boost/system/result.hpp>
#include <coppice/exit_reason.hpp>
#include <coppice/time_limit.hpp>
#include <exception>
#include <string>

namespace coppice {

/// What went wrong with a request, a start or a name.
enum class errc {
    timeout = 1,     ///< the timeout has passed before the reply came
    noproc,          ///< no such process: it has exited, or the name is not registered
    exited,          ///< the server exited before it replied; the reason says why
    no_reply,        ///< the server dropped the request without an answer
    calling_self,    ///< a process called itself
    call_cycle,      ///< the call would close a ring of processes that wait for each other
    bad_name_type,   ///< the name belongs to a server of another class
    start_failed,    ///< the constructor ended the process; the reason says why
    ignored,         ///< the constructor said `this_process::ignore()`
    already_started, ///< the name, or the child, runs already
    already_present, ///< the child is known but does not run
    not_found,       ///< no such child, name or timer
    running,         ///< the child runs, so it can neither be deleted nor restarted
    restarting,      ///< the child is between two attempts to restart it
    max_children,    ///< the dynamic supervisor is full
    bad_spec,        ///< a child spec or a supervisor's flags are wrong; the reason names the field
    name_taken,      ///< another process has this name
    already_named,   ///< this process has another name; a process has at most one
    bad_name,        ///< an empty name
    mailbox_full,    ///< the mailbox is full and its policy is to refuse
    not_running,     ///< the runtime is not running
    would_block, ///< a handler of Asio, which is no process, may not wait on the runtime's thread
    no_request,  ///< the answer was taken before, or the `pending` was moved from
    callback_failed, ///< a function that was to run in a server threw; the server goes on
};

/// The word for it, as it stands in logs: `timeout`, `noproc`, ...
std::string_view to_string(errc) noexcept;
/// The same as error codes, for Asio programs; `message()` is a sentence.
const boost::system::error_category& error_category() noexcept;
inline boost::system::error_code make_error_code(errc e) noexcept {
    return {static_cast<int>(e), error_category()};
}

/// A failed request, as a value: what went wrong and, where a process exited, why.
///
/// Context: a value; one thread at a time.
struct failure {
    errc code;
    exit_reason reason = exit_reason::normal;
    std::string detail = {}; ///< what, where and what to do, in words; may be empty
    /// The server never began with the request, so asking again is safe.
    bool not_started = false;
};

/// The same, thrown by the plain forms (`call`, `start`). The `try_` forms return it instead.
///
/// A `call_error` that leaves a process ends it with the server's own reason. Where that is
/// orderly, as `normal`, the caller's is not: it ends with `{normal, {gen_server, call}}`, which is
/// a failure, as in OTP.
///
/// Context: any thread.
class call_error : public std::exception {
public:
    explicit call_error(failure e);
    errc code() const noexcept { return failure_.code; }
    const exit_reason& reason() const noexcept { return failure_.reason; }
    const failure& why() const noexcept { return failure_; }
    const char* what() const noexcept override { return what_.c_str(); }

private:
    failure failure_;
    std::string what_;
};

namespace detail {
[[noreturn]] void throw_failure(const failure&);
/// The reason with which a process ends that lets this failure out.
exit_reason exit_reason_of(const failure&);
} // namespace detail

[[noreturn]] inline void throw_exception_from_error(const failure& e,
                                                    const boost::source_location&) {
    detail::throw_failure(e);
}

/// A value or a failure.
template <class T>
using result = boost::system::result<T, failure>;

namespace detail {
/// Says which of the two it is: a value type that converts from anything would take the failure.
template <class T>
result<T> failed(failure f) {
    return result<T>{boost::system::in_place_error, std::move(f)};
}
} // namespace detail

} // namespace coppice

template <>
struct boost::system::is_error_code_enum<coppice::errc> : std::true_type {};
