// SPDX-License-Identifier: BSL-1.0
#pragma once
// What Asio needs to know of `use_process`. Included by coppice/use_process.hpp.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/system/system_error.hpp>
#include <coppice/use_process.hpp>
#include <exception>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace coppice::detail {

struct io_state;

/// A handler's share of the wait. The last share that goes without `complete` ends the wait, too:
/// the operation has dropped its handler. Context: any thread, one at a time.
class io_share {
public:
    explicit io_share(io_state& s) noexcept;
    io_share(const io_share& o) noexcept;
    io_share(io_share&& o) noexcept : state_{std::exchange(o.state_, nullptr)} {}
    io_share& operator=(io_share o) noexcept {
        std::swap(state_, o.state_);
        return *this;
    }
    ~io_share();

    boost::asio::cancellation_slot slot() const noexcept;
    /// The result is stored: the process goes on, perhaps before this returns.
    void complete() noexcept;
    /// Where the operation is to be cancelled; the first that is told counts.
    template <class Executor>
    void note_executor(const Executor& e) const noexcept {
        // A system_executor says nothing: its threads are not the operation's.
        if constexpr (!std::is_same_v<Executor, boost::asio::system_executor> &&
                      std::is_convertible_v<const Executor&, boost::asio::any_io_executor>)
            if (!knows_executor())
                keep_executor(e);
    }

private:
    bool knows_executor() const noexcept;
    void keep_executor(boost::asio::any_io_executor e) const noexcept;

    io_state* state_;
};

/// How an operation ended.
struct io_ending {
    bool timed_out = false; ///< the limit passed before
    bool dropped = false;   ///< without a call of the handler

    /// The error that the process sees.
    boost::system::error_code error(boost::system::error_code of_operation) const noexcept {
        const boost::system::error_code ec =
            dropped ? boost::asio::error::operation_aborted : of_operation;
        return timed_out && ec == boost::asio::error::operation_aborted
                   ? boost::asio::error::timed_out
                   : ec;
    }
};

/// A wait of the calling process for one completion.
class io_wait {
public:
    /// Errors: throws what ends the process, and std::logic_error outside of one.
    explicit io_wait(const use_process_t& token);
    io_wait(const io_wait&) = delete;
    io_wait& operator=(const io_wait&) = delete;
    /// The handler may write to the stack that the wait stands on: it waits until that is over.
    ~io_wait();

    io_share share() noexcept { return io_share{state_}; }
    /// Suspends the process until the handler is called or gone. Errors: throws what ends the
    /// process.
    io_ending wait();

private:
    time_limit limit_;
    io_state& state_;
};

/// Throws or stores `ec`, which may be none.
void settle(const use_process_t& token, const io_ending& e, boost::system::error_code ec);
/// The same for an exception, which may be null.
void settle(const use_process_t& token, const io_ending& e, const std::exception_ptr& x);

template <class T>
inline constexpr bool is_io_error =
    std::is_same_v<T, boost::system::error_code> || std::is_same_v<T, std::exception_ptr>;

/// What an operation gives back: nothing, one value, or several.
template <class... Values>
struct io_result {
    using type = std::tuple<Values...>;
};
template <>
struct io_result<> {
    using type = void;
};
template <class T>
struct io_result<T> {
    using type = T;
};

/// The arguments of a handler: an error or none, and values.
template <class... Args>
struct io_arguments {
    using error = void;
    using values = std::tuple<Args...>;
    using result = typename io_result<Args...>::type;
};
template <class First, class... Values>
requires is_io_error<First>
struct io_arguments<First, Values...> {
    using error = First;
    using values = std::tuple<Values...>;
    using result = typename io_result<Values...>::type;
};

/// The values of an operation that dropped its handler and whose error was stored. Errors: throws
/// it where a value has no default.
template <class... Values>
std::tuple<Values...> no_values(std::type_identity<std::tuple<Values...>>, const io_ending& e) {
    if constexpr ((std::is_default_constructible_v<Values> && ...))
        return {};
    else
        throw boost::system::system_error{e.error({})};
}

/// as_tuple: the error code is in the value.
template <class T>
inline constexpr bool holds_error_code = false;
template <class... Values>
inline constexpr bool holds_error_code<std::tuple<boost::system::error_code, Values...>> =
    (std::is_default_constructible_v<Values> && ...);

template <class Values>
void settle_values(const use_process_t& token, const io_ending& e, std::optional<Values>& out) {
    if constexpr (std::tuple_size_v<Values> == 1) {
        if constexpr (holds_error_code<std::tuple_element_t<0, Values>>) {
            if (!out)
                out.emplace();
            auto& ec = std::get<0>(std::get<0>(*out));
            ec = e.error(ec);
            if (token.error())
                *token.error() = ec;
            return;
        }
    }
    settle(token, e, e.error({}));
    if (!out)
        out.emplace(no_values(std::type_identity<Values>{}, e));
}

template <class... Values>
typename io_result<Values...>::type give(std::tuple<Values...>&& values) {
    if constexpr (sizeof...(Values) == 1)
        return std::get<0>(std::move(values));
    else if constexpr (sizeof...(Values) > 1)
        return std::move(values);
}

/// What the process gets, out of what the handler was given.
template <class... Args>
typename io_arguments<Args...>::result settle_all(const use_process_t& token,
                                                  const io_ending& e,
                                                  std::optional<std::tuple<Args...>>& out) {
    using arguments = io_arguments<Args...>;
    if constexpr (std::is_void_v<typename arguments::error>) {
        settle_values(token, e, out);
        return give(std::move(*out));
    } else {
        if (!out) {
            settle(token, e, e.error({}));
            return give(no_values(std::type_identity<typename arguments::values>{}, e));
        }
        if constexpr (std::is_same_v<typename arguments::error, std::exception_ptr>)
            settle(token, e, std::get<0>(*out));
        else
            settle(token, e, e.error(std::get<0>(*out)));
        return std::apply(
            [](auto&, auto&... values) {
                return give(typename arguments::values(std::move(values)...));
            },
            *out);
    }
}

/// What the operation calls.
template <class... Args>
class io_handler {
public:
    using cancellation_slot_type = boost::asio::cancellation_slot;
    using result = std::optional<std::tuple<std::decay_t<Args>...>>;

    io_handler(io_share s, result& out) noexcept : share_{std::move(s)}, out_{&out} {}

    void operator()(Args... args) {
        out_->emplace(std::forward<Args>(args)...);
        share_.complete();
    }
    cancellation_slot_type get_cancellation_slot() const noexcept { return share_.slot(); }
    const io_share& share() const noexcept { return share_; }

private:
    io_share share_;
    result* out_; // on the stack of the process, which waits as long as there is a share
};

// --- adapted tokens ---

/// Where `use_process` is in a token that adapts it.
template <class Token>
struct process_token {
    static constexpr bool found = false;
};
template <>
struct process_token<use_process_t> {
    static constexpr bool found = true;
    static use_process_t& in(use_process_t& t) noexcept { return t; }
};
template <class T>
struct process_token<boost::asio::as_tuple_t<T>> {
    static constexpr bool found = process_token<T>::found;
    static use_process_t& in(boost::asio::as_tuple_t<T>& t) noexcept {
        return process_token<T>::in(t.token_);
    }
};
template <class T>
struct process_token<boost::asio::redirect_error_t<T>> {
    static constexpr bool found = process_token<T>::found;
    static use_process_t& in(boost::asio::redirect_error_t<T>& t) noexcept {
        return process_token<T>::in(t.token_);
    }
};
template <class T>
struct bound_process_token {
    static constexpr bool found = process_token<T>::found;
    static use_process_t& in(auto& t) noexcept { return process_token<T>::in(t.get()); }
};
template <class T, class Executor>
struct process_token<boost::asio::executor_binder<T, Executor>> : bound_process_token<T> {};
template <class T, class Allocator>
struct process_token<boost::asio::allocator_binder<T, Allocator>> : bound_process_token<T> {};
template <class T, class Slot>
struct process_token<boost::asio::cancellation_slot_binder<T, Slot>> : bound_process_token<T> {};

/// An operation whose handlers run on an executor that the token has bound: the wait is told,
/// because the operation will not ask the innermost handler any more.
template <class Initiation, class Executor>
struct bound_initiation {
    Executor executor;
    Initiation initiation;

    template <class Handler, class... Args>
    void operator()(Handler&& handler, Args&&... args) {
        (void)boost::asio::get_associated_executor(handler, executor);
        std::move(initiation)(boost::asio::bind_executor(executor, std::forward<Handler>(handler)),
                              std::forward<Args>(args)...);
    }
};

} // namespace coppice::detail

namespace boost::asio {

template <class R, class... Args>
class async_result<coppice::use_process_t, R(Args...)> {
public:
    using return_type = typename coppice::detail::io_arguments<std::decay_t<Args>...>::result;

    template <class Initiation, class... InitArgs>
    static return_type initiate(Initiation&& initiation,
                                coppice::use_process_t token,
                                InitArgs&&... args) {
        typename coppice::detail::io_handler<Args...>::result out;
        coppice::detail::io_wait wait{token};
        std::forward<Initiation>(initiation)(
            coppice::detail::io_handler<Args...>{wait.share(), out},
            std::forward<InitArgs>(args)...);
        return coppice::detail::settle_all(token, wait.wait(), out);
    }
};

/// Asio's own would leave `ec` alone when the handler is dropped, and know no limit.
template <class R, class... Args>
class async_result<redirect_error_t<coppice::use_process_t>,
                   R(boost::system::error_code, Args...)> {
    using plain = async_result<coppice::use_process_t, R(boost::system::error_code, Args...)>;

public:
    using return_type = typename plain::return_type;

    template <class Initiation, class Token, class... InitArgs>
    static return_type initiate(Initiation&& initiation, Token&& token, InitArgs&&... args) {
        return plain::initiate(std::forward<Initiation>(initiation), token.token_[token.ec_],
                               std::forward<InitArgs>(args)...);
    }
};

/// Asio's own would put the user's slot in the place of ours, and no limit and no signal would
/// reach the operation.
template <class T, class Signature>
requires coppice::detail::process_token<
    T>::found class async_result<cancellation_slot_binder<T, cancellation_slot>, Signature> {
public:
    using return_type = typename async_result<T, Signature>::return_type;

    template <class Initiation, class Token, class... InitArgs>
    static return_type initiate(Initiation&& initiation, Token&& token, InitArgs&&... args) {
        T inner{token.get()};
        auto& t = coppice::detail::process_token<T>::in(inner);
        t = t.cancelled_by(token.get_cancellation_slot());
        return async_result<T, Signature>::initiate(std::forward<Initiation>(initiation),
                                                    std::move(inner),
                                                    std::forward<InitArgs>(args)...);
    }
};

template <class T, class Executor, class Signature>
requires coppice::detail::process_token<T>::found class async_result<executor_binder<T, Executor>,
                                                                     Signature> {
public:
    using return_type = typename async_result<T, Signature>::return_type;

    template <class Initiation, class Token, class... InitArgs>
    static return_type initiate(Initiation&& initiation, Token&& token, InitArgs&&... args) {
        using bound = coppice::detail::bound_initiation<std::decay_t<Initiation>, Executor>;
        return async_result<T, Signature>::initiate(
            bound{token.get_executor(), std::forward<Initiation>(initiation)}, T{token.get()},
            std::forward<InitArgs>(args)...);
    }
};

/// The operation runs where it would without us; the wait learns where that is.
template <class... Args, class Candidate>
struct associated_executor<coppice::detail::io_handler<Args...>, Candidate> {
    using type = Candidate;
    static type get(const coppice::detail::io_handler<Args...>&) noexcept { return type(); }
    static const type& get(const coppice::detail::io_handler<Args...>& h,
                           const Candidate& c) noexcept {
        h.share().note_executor(c);
        return c;
    }
};

} // namespace boost::asio
