// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <tuple>

/// An asynchronous operation that the test completes: it holds the handler until it is told to call
/// or to drop it, and completes with operation_aborted when it is cancelled.
template <class Signature>
class held_operation;

template <class... Args>
class held_operation<void(Args...)> {
public:
    using error_code = boost::system::error_code;

    explicit held_operation(boost::asio::any_io_executor e) : executor_{std::move(e)} {}

    template <class Token>
    auto start(Token&& token) {
        return boost::asio::async_initiate<Token, void(Args...)>(
            [this](auto handler) {
                auto h = std::make_shared<decltype(handler)>(std::move(handler));
                (void)boost::asio::get_associated_executor(*h, executor_);
                auto slot = boost::asio::get_associated_cancellation_slot(*h);
                call_ = [h](bool aborts) { std::apply(*h, values(aborts)); };
                if (slot.is_connected())
                    slot.assign([this](boost::asio::cancellation_type) {
                        ++cancelled;
                        cancelled_by = std::this_thread::get_id();
                        if (!ignores_cancellation)
                            end(true);
                    });
                if (completes_at_once)
                    complete();
            },
            token);
    }
    /// Whether the operation holds a handler.
    bool holds() const { return static_cast<bool>(call_); }
    void complete() { end(false); }
    void drop() { call_ = nullptr; }

    bool completes_at_once = false;
    bool ignores_cancellation = false;
    int cancelled = 0;
    std::thread::id cancelled_by;

private:
    void end(bool aborts) {
        if (auto call = std::exchange(call_, nullptr))
            call(aborts);
    }
    template <class T>
    static T value(bool aborts) {
        if constexpr (std::is_same_v<T, error_code>)
            return aborts ? error_code{boost::asio::error::operation_aborted} : error_code{};
        else if constexpr (std::is_same_v<T, std::exception_ptr>)
            return aborts ? std::make_exception_ptr(
                                boost::system::system_error{boost::asio::error::operation_aborted})
                          : nullptr;
        else if constexpr (std::is_same_v<T, std::unique_ptr<int>>)
            return std::make_unique<int>(7);
        else if constexpr (std::is_same_v<T, std::string>)
            return "text";
        else
            return T(7);
    }
    static std::tuple<std::decay_t<Args>...> values([[maybe_unused]] bool aborts) {
        return std::tuple<std::decay_t<Args>...>(value<std::decay_t<Args>>(aborts)...);
    }

    boost::asio::any_io_executor executor_;
    std::function<void(bool)> call_;
};
