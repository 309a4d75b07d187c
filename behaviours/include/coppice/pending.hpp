// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/detail/reply_slot.hpp>

namespace coppice {

namespace detail {
/// Waits; throws call_error when the time was up, or there is no request.
void await_or_throw(request* r, time_limit limit);
void throw_if_failed(const request* r);
failure failure_of(const request* r);
failure timed_out(const request* r);
/// The answer was taken, or the `pending` moved from.
failure no_request();

/// The caller's share of a request.
class request_share {
public:
    explicit request_share(request* r) noexcept : r_{r} {}
    request_share(request_share&& o) noexcept : r_{std::exchange(o.r_, nullptr)} {}
    request_share& operator=(request_share o) noexcept {
        std::swap(r_, o.r_);
        return *this;
    }
    ~request_share() {
        if (r_)
            release(r_);
    }
    request* get() const noexcept { return r_; }
    request* give() noexcept { return std::exchange(r_, nullptr); }

private:
    request* r_;
};
} // namespace detail

/// An answer on its way: OTP's `send_request`, and like `std::future` good for one answer.
///
/// Dropping it abandons the answer; the request itself still runs. When the time is up the answer may
/// still come: ask again. Once it was taken there is none any more, nor in one that was moved from.
///
/// Errors: those of a call, and `errc::no_request`.
/// Context: any process or thread may wait, one at a time.
template <class R>
class [[nodiscard]] pending {
public:
    using reply = R;

    explicit pending(detail::reply_slot<R>* r) noexcept : r_{r} {}

    /// Is the answer, or the failure, there? False once it was taken.
    bool ready() const noexcept { return r_.get() && detail::is_answered(r_.get()); }

    /// Waits for the answer. Errors: throws call_error.
    R get(time_limit limit = default_call_timeout) {
        detail::await_or_throw(r_.get(), limit);
        const detail::request_share mine{std::move(r_)};
        detail::throw_if_failed(mine.get());
        if constexpr (!std::is_void_v<R>)
            return std::move(static_cast<detail::reply_slot<R>*>(mine.get())->value());
    }
    /// Waits for the answer, and returns the failure.
    result<R> try_get(time_limit limit = default_call_timeout) {
        if (!r_.get())
            return detail::failed<R>(detail::no_request());
        if (!detail::await(r_.get(), limit))
            return detail::failed<R>(detail::timed_out(r_.get()));
        const detail::request_share mine{std::move(r_)};
        if (mine.get()->result == detail::request::outcome::failed)
            return detail::failed<R>(detail::failure_of(mine.get()));
        if constexpr (std::is_void_v<R>)
            return result<void>{};
        else
            return result<R>{boost::system::in_place_value,
                             std::move(static_cast<detail::reply_slot<R>*>(mine.get())->value())};
    }

    detail::request* request() const noexcept { return r_.get(); }
    detail::request* release() noexcept { return r_.give(); }

private:
    detail::request_share r_;
};

} // namespace coppice
