// SPDX-License-Identifier: BSL-1.0
#pragma once
// Opt-in: includes Asio. See coppice/asio.hpp.
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <coppice/error.hpp>
#include <optional>
#include <tuple>

namespace coppice {

/// A completion token that suspends the calling process, and nothing else, until the operation is
/// done: `std::size_t n = socket.async_read_some(buffer, use_process);`
///
/// Errors: throws boost::system::system_error; `use_process[ec]` stores the error in `ec` instead.
/// A limit is set by `use_process.until(5s)`: the operation is cancelled and its error is
/// `boost::asio::error::timed_out`.
/// Context: in a process. When the process gets a deadly signal, the operation is cancelled and the
/// process unwinds. I/O objects are made with `this_process::io_executor()`.
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
    boost::system::error_code* error() const { return error_; }
    const time_limit& limit() const { return limit_; }

private:
    boost::system::error_code* error_ = nullptr;
    time_limit limit_ = infinity;
};
inline constexpr use_process_t use_process{};

namespace this_process {
/// The executor of the thread that this process runs on.
///
/// A raw process stays on its thread for life; a server may change threads between messages, and
/// then its I/O objects stay with the old one, which works and costs a hop.
///
/// A handler that is given to it without `use_process` runs on that thread, in no process, between two
/// of them; it should be short. What it throws is reported, and lost. It may send, cast and spawn, but
/// whatever would wait, as a call does, fails with `would_block`.
boost::asio::any_io_executor io_executor();
} // namespace this_process

namespace detail {
/// A wait of the calling process for one completion.
class io_wait {
public:
    explicit io_wait(time_limit limit);
    io_wait(const io_wait&) = delete;
    io_wait& operator=(const io_wait&) = delete;
    ~io_wait();

    boost::asio::cancellation_slot slot() { return signal_.slot(); }
    /// By the handler, on any runtime thread.
    void completed() noexcept;
    /// Suspends until completed(). True when the limit passed before.
    bool wait();
    /// After a wait: ends the process if it was told to end meanwhile.
    static void check_killed();

private:
    boost::asio::cancellation_signal signal_;
    time_limit limit_;
    void* state_;
};

/// What an operation returns besides its error: nothing, one value, or several.
template <class... Args>
struct io_result {
    using type = std::tuple<Args...>;
};
template <>
struct io_result<> {
    using type = void;
};
template <class T>
struct io_result<T> {
    using type = T;
};
template <class... Args>
using io_result_t = typename io_result<Args...>::type;

/// Throws or stores the error.
inline void settle(use_process_t token, bool timed_out, boost::system::error_code ec) {
    if (timed_out && ec == boost::asio::error::operation_aborted)
        ec = boost::asio::error::timed_out;
    if (token.error())
        *token.error() = ec;
    else if (ec)
        throw boost::system::system_error{ec};
}
} // namespace detail

} // namespace coppice

namespace boost::asio {

template <class... Args>
class async_result<coppice::use_process_t, void(boost::system::error_code, Args...)> {
public:
    template <class Initiation, class... InitArgs>
    static coppice::detail::io_result_t<Args...> initiate(Initiation&& initiation,
                                                          coppice::use_process_t token,
                                                          InitArgs&&... args) {
        std::optional<std::pair<boost::system::error_code, std::tuple<Args...>>> out;
        coppice::detail::io_wait wait{token.limit()};
        std::forward<Initiation>(initiation)(
            bind_cancellation_slot(wait.slot(),
                                   [&out, &wait](boost::system::error_code ec, Args... values) {
                                       out.emplace(ec, std::tuple<Args...>{std::move(values)...});
                                       wait.completed();
                                   }),
            std::forward<InitArgs>(args)...);
        const bool timed_out = wait.wait();
        coppice::detail::io_wait::check_killed();
        coppice::detail::settle(token, timed_out, out->first);
        if constexpr (sizeof...(Args) == 1)
            return std::get<0>(std::move(out->second));
        else if constexpr (sizeof...(Args) > 1)
            return std::move(out->second);
    }
};

} // namespace boost::asio
