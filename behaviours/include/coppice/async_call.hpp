// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <coppice/detail/open_call.hpp>
#include <coppice/pending.hpp>
#include <memory>
#include <type_traits>

namespace coppice {

namespace detail {

template <class R>
struct async_signature {
    using type = void(boost::system::error_code, R);
};
template <>
struct async_signature<void> {
    using type = void(boost::system::error_code);
};
template <class R>
using async_signature_t = typename async_signature<R>::type;

/// One call of an Asio program. All of it happens on its strand; what comes from outside (the
/// answer, a cancellation) is posted there. Context: any thread.
template <class R, class Handler>
class async_wait final : public open_call,
                         public std::enable_shared_from_this<async_wait<R, Handler>> {
public:
    async_wait(Handler h, pending<R> p)
        : handler_(std::move(h)),
          answer_{std::move(p)},
          work_{boost::asio::get_associated_executor(handler_)},
          strand_{boost::asio::any_io_executor{work_.get_executor()}},
          timer_{strand_},
          // Behind strand and timer: so their services are older, and outlive this one.
          notifier_{reply_notifier::of(
              boost::asio::query(strand_.get_inner_executor(), boost::asio::execution::context))} {}

    void start(time_limit timeout) {
        // Before anything else: a cancellation may come before the strand has run once. It is
        // posted, and so comes behind begin().
        if (auto slot = boost::asio::get_associated_cancellation_slot(handler_);
            slot.is_connected())
            slot.assign([weak = this->weak_from_this()](boost::asio::cancellation_type) {
                if (auto self = weak.lock())
                    boost::asio::post(self->strand_, [self] {
                        self->give_up(boost::asio::error::operation_aborted);
                    });
            });
        boost::asio::dispatch(strand_,
                              [me = this->shared_from_this(), timeout] { me->begin(timeout); });
    }

private:
    void post_answer(std::shared_ptr<open_call> self) override {
        boost::asio::post(strand_, [self = std::move(self), this] { finish({}); });
    }
    void begin(time_limit timeout) {
        auto me = this->shared_from_this();
        if (!notifier_->wait_for(pending_access::get(answer_), me))
            return boost::asio::post(strand_, [me] { me->finish({}); });
        if (timeout.is_infinite())
            return;
        timer_.expires_at(timeout.deadline(time_limit::clock::now()));
        timer_.async_wait(boost::asio::bind_executor(strand_, [me](boost::system::error_code ec) {
            if (!ec)
                me->give_up(errc::timeout);
        }));
    }
    void give_up(boost::system::error_code why) {
        if (!is_finished_ && notifier_->forget(pending_access::get(answer_)))
            finish(why); // else the answer is there, or about to be
    }
    void finish(boost::system::error_code why) {
        is_finished_ = true;
        timer_.cancel();
        const auto executor = work_.get_executor();
        if constexpr (std::is_void_v<R>) {
            if (!why)
                if (auto r = answer_.try_get(); !r)
                    why = r.error().code;
            boost::asio::dispatch(executor,
                                  [h = std::move(handler_), why]() mutable { std::move(h)(why); });
        } else {
            R value{};
            if (!why) {
                if (auto r = answer_.try_get())
                    value = std::move(*r);
                else
                    why = r.error().code;
            }
            boost::asio::dispatch(executor,
                                  [h = std::move(handler_), why, v = std::move(value)]() mutable {
                                      std::move(h)(why, std::move(v));
                                  });
        }
        work_.reset();
    }

    Handler handler_;
    pending<R> answer_;
    boost::asio::executor_work_guard<boost::asio::associated_executor_t<Handler>> work_;
    boost::asio::strand<boost::asio::any_io_executor> strand_;
    boost::asio::steady_timer timer_;
    std::shared_ptr<reply_notifier> notifier_;
    bool is_finished_ = false;
};

} // namespace detail

/// Calls a server from an Asio program: `async_call(the_counter, total{}, 100ms, token)`.
///
/// Shape: the target is a reference, a name or a registry's entry; the token is any completion
/// token for `void(error_code, R)`, or `void(error_code)` when the reply is void. R must be default
/// constructible.
///
/// Errors: an `errc`, or operation_aborted when cancelled through the token's slot, at any time
/// after this function has returned. A handler whose execution context is destroyed first is
/// destroyed with it, uncalled, as those of Asio's own operations are; the answer is dropped.
///
/// Context: any thread, also a handler of Asio on a thread of the runtime. Completes on the token's
/// executor, never inside this call. A bounded mailbox that blocks its senders blocks the caller of
/// this function, too; in a handler on a thread of the runtime, which may not wait, the call
/// completes with `would_block` instead.
template <class Target, class A, class Token>
auto async_call(const Target& target, A&& message, time_limit timeout, Token&& token) {
    using reply = typename decltype(target.send_request(std::forward<A>(message)))::reply;
    constexpr bool has_default = std::is_void_v<reply> || std::is_default_constructible_v<reply>;
    static_assert(has_default, "coppice: async_call hands over (error_code, reply), so the reply "
                               "must be default constructible");
    if constexpr (has_default)
        return boost::asio::async_initiate<Token, detail::async_signature_t<reply>>(
            [timeout](auto handler, const Target& to, auto&& m) {
                std::make_shared<detail::async_wait<reply, decltype(handler)>>(
                    std::move(handler), to.send_request(std::forward<decltype(m)>(m), timeout))
                    ->start(timeout);
            },
            token, target, std::forward<A>(message));
}

/// The same with OTP's timeout of five seconds.
template <class Target, class A, class Token>
requires(!std::convertible_to<Token, time_limit>) auto async_call(const Target& target,
                                                                  A&& message,
                                                                  Token&& token) {
    return async_call(target, std::forward<A>(message), default_call_timeout,
                      std::forward<Token>(token));
}

} // namespace coppice
