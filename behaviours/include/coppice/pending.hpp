// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/detail/reply_slot.hpp>

namespace coppice {

namespace detail {
/// Waits; throws call_error when the time was up, or there is no request.
void await_or_throw(request* r, time_limit timeout);
void throw_if_failed(const request* r);
failure failure_of(const request* r);
failure timed_out(const request* r);
/// The reply was taken, or the `pending` moved from.
failure no_request();

/// The caller's share of a request. Context: one thread at a time.
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

struct pending_access;
} // namespace detail

/// A reply on its way, made by `send_request`; like `std::future` it gives one value.
///
/// One that is destroyed abandons the reply; the request itself still runs. When a timeout has
/// passed the reply may still come: ask again. Once it was taken there is none any more, nor in one
/// that was moved from.
///
/// Errors: those of a call, and `errc::no_request`.
/// Context: any process or thread may wait, one at a time.
/// Source: OTP, gen_server:send_request/2 and receive_response/2.
template <class R>
class [[nodiscard]] pending {
public:
    using reply = R;

    /// True when the reply, or the failure, is there. False once it was taken.
    bool ready() const noexcept { return r_.get() && detail::is_answered(r_.get()); }

    /// Waits for the reply. Errors: throws call_error.
    R get(time_limit timeout = default_call_timeout) {
        detail::await_or_throw(r_.get(), timeout);
        const detail::request_share mine{std::move(r_)};
        detail::throw_if_failed(mine.get());
        if constexpr (!std::is_void_v<R>)
            return std::move(static_cast<detail::reply_slot<R>*>(mine.get())->value());
    }
    /// The same; the failure is returned.
    result<R> try_get(time_limit timeout = default_call_timeout) {
        if (!r_.get())
            return detail::failed<R>(detail::no_request());
        if (!detail::await(r_.get(), timeout))
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

private:
    friend detail::pending_access;
    explicit pending(detail::reply_slot<R>* r) noexcept : r_{r} {}
    detail::request_share r_;
};

namespace detail {
/// The request behind a `pending`.
struct pending_access {
    template <class R>
    static pending<R> make(reply_slot<R>* r) noexcept {
        return pending<R>{r};
    }
    template <class R>
    static request* get(const pending<R>& p) noexcept {
        return p.r_.get();
    }
    template <class R>
    static request* release(pending<R>& p) noexcept {
        return p.r_.give();
    }
};
} // namespace detail

} // namespace coppice
