// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/detail/client.hpp>

namespace coppice {

/// The verbs of a client: what `server_ref`, `server_name` and `via` can do.
///
/// A message is a struct that moves: `counter.call(total{})`, `counter.cast(add{5})`. Whether it is
/// called or cast is a property of the message: `using reply = R;` makes it a call. The compiler
/// checks each message against the server's handlers, or against the protocol.
///
/// Each verb that can fail has two forms: the plain one throws `call_error`, `try_` returns a
/// `result`. `timeout` is how long the caller waits: a duration, a deadline or `infinity`; OTP's
/// five seconds where nothing is said, or less in a handler whose own caller gives up before
/// (`this_process::deadline`). When it has passed the request itself still runs.
///
/// Context: any process, and any thread. In a process a verb that waits suspends that process
/// alone; on a plain thread it blocks the thread; in a handler of Asio on a thread of the runtime
/// it fails with `would_block`.
/// Source: OTP, module gen_server.
template <class Self, class T>
class server_verbs {
public:
    // --- messages ---

    /// Sends a message that wants no answer. Without a receiver it is dropped, as in OTP.
    ///
    /// Errors: waits while a bounded mailbox with policy `block` is full.
    template <class A, class M = std::remove_cvref_t<A>>
    void cast(A&& m) const;
    /// The same, and says why the message did not arrive: `noproc`, `mailbox_full`, `timeout`.
    template <class A, class M = std::remove_cvref_t<A>>
    result<void> try_cast(A&& m, time_limit timeout = default_call_timeout) const;

    /// Sends a request and waits for the reply.
    ///
    /// Errors: throws call_error: `noproc`, `exited` (with the server's reason), `timeout`,
    /// `no_reply`, `calling_self`, `call_cycle`, `bad_name_type`, `mailbox_full`, `would_block`.
    template <class A, class M = std::remove_cvref_t<A>>
    auto call(A&& m, time_limit timeout = default_call_timeout) const -> detail::reply_t<M>;
    template <class A, class M = std::remove_cvref_t<A>>
    auto try_call(A&& m, time_limit timeout = default_call_timeout) const
        -> result<detail::reply_t<M>>;

    /// Sends a request and returns; the reply is waited for later, by `pending`.
    ///
    /// `until`: when the caller will give up, for the server's `this_process::deadline`. It ends no
    /// wait: that is what the timeout of `pending::get` is for.
    /// Errors: those of a call, when the reply is taken.
    template <class A, class M = std::remove_cvref_t<A>>
    auto send_request(A&& m, time_limit until = infinity) const -> pending<detail::reply_t<M>>;

    /// Sends a message outside the protocol, which reaches `handle_info(M)`.
    template <class A, class M = std::remove_cvref_t<A>>
    void send(A&& m) const;
    /// The same when `delay` has passed.
    template <class A, class M = std::remove_cvref_t<A>>
    timer_ref send_after(time_span delay, A&& m) const;

    // --- the end ---

    /// Ends the server in order: its `terminate` runs, and this returns when it has exited.
    ///
    /// Errors: throws call_error: `noproc`, `timeout`, or `exited` with another reason than `why`.
    void stop(const exit_reason& why = exit_reason::normal, time_limit timeout = infinity) const {
        if (const auto r = try_stop(why, timeout); !r)
            detail::throw_failure(r.error());
    }
    result<void> try_stop(const exit_reason& why = exit_reason::normal,
                          time_limit timeout = infinity) const {
        return detail::stop_server(locate().process, why, timeout);
    }

private:
    detail::located locate() const {
        return detail::locate_access::locate(static_cast<const Self&>(*this));
    }
};

// --- the same, written out ---
// The word `inline` changes what GCC does: without it, GCC inlines smaller functions only, and each
// call costs 26 instructions more.

template <class Self, class T>
template <class A, class M>
inline void server_verbs<Self, T>::cast(A&& m) const {
    using namespace detail;
    if constexpr (decltype(explain_message<A>())::ok)
        if constexpr (decltype(explain_cast<T, M>())::value) {
            const located to = locate();
            if (to.process)
                post(to.process, maker_of<T>::template get<M>(to)(M(std::forward<A>(m))));
        }
}

template <class Self, class T>
template <class A, class M>
inline result<void> server_verbs<Self, T>::try_cast(A&& m, time_limit timeout) const {
    using namespace detail;
    if constexpr (decltype(explain_message<A>())::ok)
        if constexpr (decltype(explain_cast<T, M>())::value) {
            const located to = locate();
            if (!to.process)
                return no_receiver(to.why);
            if (auto f = try_post(to.process,
                                  maker_of<T>::template get<M>(to)(M(std::forward<A>(m))), timeout))
                return std::move(*f);
        }
    return {};
}

template <class Self, class T>
template <class A, class M>
inline auto server_verbs<Self, T>::call(A&& m, time_limit timeout) const -> detail::reply_t<M> {
    using namespace detail;
    if constexpr (decltype(explain_message<A>())::ok)
        if constexpr (decltype(explain_call<T, M>())::value) {
            const located to = locate();
            if (!to.process)
                throw_failure(no_receiver(to.why));
            auto* r = maker_of<T>::template get<M>(to)(M(std::forward<A>(m)));
            call_or_throw(to, r, timeout);
            const request_share mine{r};
            if constexpr (!std::is_void_v<reply_t<M>>)
                return std::move(r->value());
            else
                return;
        }
    if constexpr (!std::is_void_v<reply_t<M>>)
        return detail::never<reply_t<M>>();
}

template <class Self, class T>
template <class A, class M>
inline auto server_verbs<Self, T>::try_call(A&& m, time_limit timeout) const
    -> result<detail::reply_t<M>> {
    using namespace detail;
    if constexpr (decltype(explain_message<A>())::ok)
        if constexpr (decltype(explain_call<T, M>())::value) {
            const located to = locate();
            if (!to.process)
                return failed<reply_t<M>>(no_receiver(to.why));
            auto* r = maker_of<T>::template get<M>(to)(M(std::forward<A>(m)));
            if (auto why = detail::try_call(to, r, timeout))
                return failed<reply_t<M>>(std::move(*why));
            const request_share mine{r};
            if constexpr (std::is_void_v<reply_t<M>>)
                return result<void>{};
            else
                return result<reply_t<M>>{boost::system::in_place_value, std::move(r->value())};
        }
    return detail::never<result<reply_t<M>>>();
}

template <class Self, class T>
template <class A, class M>
inline auto server_verbs<Self, T>::send_request(A&& m, time_limit until) const
    -> pending<detail::reply_t<M>> {
    using namespace detail;
    if constexpr (decltype(explain_message<A>())::ok)
        if constexpr (decltype(explain_call<T, M>())::value) {
            const located to = locate();
            reply_slot<reply_t<M>>* r =
                to.process ? maker_of<T>::template get<M>(to)(M(std::forward<A>(m)))
                           : make_envelope<unsent_request<reply_t<M>>>();
            pending<reply_t<M>> p = pending_access::make(r);
            if (!until.is_infinite())
                set_deadline(r, until);
            begin(to, r);
            return p;
        }
    return detail::never<pending<reply_t<M>>>();
}

template <class Self, class T>
template <class A, class M>
inline void server_verbs<Self, T>::send(A&& m) const {
    using namespace detail;
    if constexpr (decltype(explain_message<A>())::ok)
        if constexpr (decltype(explain_info<T, M>())::value)
            if (const located to = locate(); to.process)
                post(to.process,
                     make_envelope<typed_envelope<T, M, verb::info>>(M(std::forward<A>(m))));
}

template <class Self, class T>
template <class A, class M>
inline timer_ref server_verbs<Self, T>::send_after(time_span delay, A&& m) const {
    using namespace detail;
    if constexpr (decltype(explain_message<A>())::ok)
        if constexpr (decltype(explain_info<T, M>())::value)
            if (const located to = locate(); to.process)
                return post_after(
                    to.process, delay,
                    make_envelope<typed_envelope<T, M, verb::info>>(M(std::forward<A>(m))));
    return {};
}

} // namespace coppice
