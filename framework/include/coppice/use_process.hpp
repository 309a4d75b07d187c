// SPDX-License-Identifier: BSL-1.0
#pragma once
// Opt-in: includes Asio. See coppice/asio.hpp.
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/system/error_code.hpp>
#include <coppice/error.hpp>

namespace coppice {

/// A completion token that suspends the calling process, and nothing else, until the operation is
/// done: `std::size_t n = socket.async_read_some(buffer, use_process);`
///
/// Shape: the operation completes with `void(Values...)`, `void(error_code, Values...)` or
/// `void(exception_ptr, Values...)`; its values are returned: nothing, one, or a std::tuple of
/// many. A value may be of a type that only moves. Asio's adapters and operations work as with its
/// own tokens: as_tuple, redirect_error, append, prepend, bind_executor, bind_allocator,
/// bind_cancellation_slot, deferred, co_spawn, parallel groups and channels.
///
/// Errors: an error code is thrown as boost::system::system_error, an exception as it is.
/// `use_process[ec]` stores the code in `ec` instead, also that of a system_error that came as an
/// exception; other exceptions are thrown all the same. `as_tuple(use_process)` returns the code. A
/// limit is set by `use_process.until(5s)`: the operation is cancelled, and its error
/// `operation_aborted` becomes `boost::asio::error::timed_out`. An operation without an error
/// returns what it completes with, and the limit only hastens it. When the operation destroys its
/// handler without calling it, as an io_context does that is destroyed, the error is
/// `boost::asio::error::operation_aborted`. It is thrown where the operation has no error code, and
/// where `use_process[ec]` would have to return a value that has no default.
///
/// Context: in a process. The operation's buffers may lie on the process's stack, so the process
/// waits until the handler is called or destroyed, whatever happens. A limit and a deadly signal
/// cancel the operation on its associated executor: that of the I/O object, or the one bound by
/// bind_executor. An operation that asks for none is cancelled on the process's thread. So an
/// io_context that a thread runs is never touched by another; one that several threads run needs a
/// strand. While no thread runs the io_context, neither the limit nor the signal ends the wait. I/O
/// objects are made with `this_process::io_executor()`, or with an executor of the user's own.
class use_process_t {
public:
    constexpr use_process_t() = default;
    constexpr use_process_t operator[](boost::system::error_code& ec) const {
        use_process_t t{*this};
        t.error_ = &ec;
        return t;
    }
    constexpr use_process_t until(time_limit limit) const {
        use_process_t t{*this};
        t.limit_ = limit;
        return t;
    }
    /// The slot cancels the operation, too, by the thread that emits.
    constexpr use_process_t cancelled_by(boost::asio::cancellation_slot slot) const {
        use_process_t t{*this};
        t.slot_ = slot;
        return t;
    }
    boost::system::error_code* error() const { return error_; }
    const time_limit& limit() const { return limit_; }
    boost::asio::cancellation_slot slot() const { return slot_; }

private:
    boost::system::error_code* error_ = nullptr;
    time_limit limit_ = infinity;
    boost::asio::cancellation_slot slot_;
};
inline constexpr use_process_t use_process{};

namespace this_process {
/// The executor of the thread that this process runs on.
///
/// A raw process stays on its thread for life; a server may change threads between messages, and
/// then its I/O objects stay with the old one, which works and costs a hop.
///
/// A handler that is given to it without `use_process` runs on that thread, in no process, between
/// two of them; it should be short, and one that is long is reported (see `long_handler`). What it
/// throws is reported, and lost. It may send, cast and spawn, but whatever would wait, as a call
/// does, fails with `would_block`.
boost::asio::any_io_executor io_executor();
} // namespace this_process

} // namespace coppice

#include <coppice/detail/process_completion.hpp>
