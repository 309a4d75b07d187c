// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/detail/reply_slot.hpp>

namespace coppice {

/// The caller of a call, kept to be answered later, by this or any other process.
///
/// A handler that takes one, `void handle_call(M, from<R>)`, may move it away and return; the
/// server goes on with the next message while the caller waits.
///
/// Shape: answered once, by `reply`.
/// Errors: one that is destroyed without an answer answers `errc::no_reply` at once; when its
/// server exits first, the caller gets the server's reason. The first answer counts: one that comes
/// behind an error is dropped. `reply` of one that has answered, or was moved from, throws
/// std::logic_error.
/// Context: any process or thread.
/// Source: OTP, gen_server:reply/2.
template <class R>
class [[nodiscard]] from {
public:
    from(from&& o) noexcept : r_{std::exchange(o.r_, nullptr)} {}
    from& operator=(from o) noexcept {
        std::swap(r_, o.r_);
        return *this;
    }
    ~from() {
        if (r_)
            detail::drop_from(r_);
    }

    /// The calling process, to be monitored perhaps: a caller that gives up or exits tells the
    /// server nothing. Null when the caller is a plain thread, or was one when it made the request.
    pid caller() const noexcept { return r_ ? r_->caller : pid{}; }

    /// When the caller gives up, as `this_process::deadline` says it in the handler; `infinity`
    /// where it waits for ever, or this has answered or was moved from.
    time_limit deadline() const noexcept { return r_ ? time_limit{r_->deadline} : infinity; }

    /// Answers. Errors: std::logic_error when this has answered already.
    template <class V = R>
    requires(!std::is_void_v<V>) void reply(V value) { finish(std::move(value)); }
    template <class V = R>
    requires std::is_void_v<V>
    void reply() { finish({}); }

private:
    friend detail::from_access;
    explicit from(detail::reply_slot<R>* r) noexcept : r_{r} {}
    void finish(detail::stored<R>&& value) {
        auto* r = std::exchange(r_, nullptr);
        if (!r)
            detail::throw_no_caller();
        const auto store = [](detail::request* to, void* what) noexcept {
            static_cast<detail::reply_slot<R>*>(to)->store(
                std::move(*static_cast<detail::stored<R>*>(what)));
        };
        detail::answer_from(r, store, &value);
    }
    detail::reply_slot<R>* r_;
};

namespace detail {
/// Makes the `from` of a request.
struct from_access {
    template <class R>
    static from<R> make(reply_slot<R>* r) noexcept {
        return from<R>{r};
    }
    template <class R>
    static const request* request_of(const from<R>& f) noexcept {
        return f.r_;
    }
    /// Its share goes to the caller of this function; no answer is given.
    template <class R>
    static request* take(from<R>& f) noexcept {
        return std::exchange(f.r_, nullptr);
    }
};
} // namespace detail

} // namespace coppice
