// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/detail/envelopes.hpp>
#include <coppice/detail/server.hpp>
#include <coppice/pending.hpp>

namespace coppice::detail {

template <class R>
[[noreturn]] R never() {
    __builtin_unreachable();
}

failure nobody(errc why);
/// Sends, waits, and throws unless there is a value. Then the request is the caller's.
void call_or_throw(const located& to, request* r, time_limit limit);
/// The same; the failure is returned.
std::optional<failure> try_call(const located& to, request* r, time_limit limit);
/// Sends; a request to nobody fails at once.
void begin(const located& to, request* r);

/// The client's verbs, the same for a reference, a name and an entry of a registry.
template <class Self, class T>
class client {
public:
    /// Sends a message that wants no answer. Nothing happens when nobody is there.
    template <class A, class M = std::remove_cvref_t<A>>
    void cast(A&& m) const {
        if constexpr (decltype(explain_message<A>())::ok)
            if constexpr (decltype(explain_cast<T, M>())::value) {
                const located to = self().locate();
                if (to.process)
                    post(to.process, maker_of<T>::template get<M>(to)(M(std::forward<A>(m))));
            }
    }
    /// The same, and says why it did not arrive: `noproc`, `mailbox_full`, `timeout`.
    template <class A, class M = std::remove_cvref_t<A>>
    result<void> try_cast(A&& m, time_limit limit = default_call_timeout) const {
        if constexpr (decltype(explain_message<A>())::ok)
            if constexpr (decltype(explain_cast<T, M>())::value) {
                const located to = self().locate();
                if (!to.process)
                    return nobody(to.why);
                if (auto f = try_post(
                        to.process, maker_of<T>::template get<M>(to)(M(std::forward<A>(m))), limit))
                    return std::move(*f);
            }
        return {};
    }
    /// Asks and waits for the answer. Errors: throws call_error.
    template <class A, class M = std::remove_cvref_t<A>>
    auto call(A&& m, time_limit limit = default_call_timeout) const -> reply_t<M> {
        if constexpr (decltype(explain_message<A>())::ok)
            if constexpr (decltype(explain_call<T, M>())::value) {
                const located to = self().locate();
                if (!to.process)
                    throw_failure(nobody(to.why));
                auto* r = maker_of<T>::template get<M>(to)(M(std::forward<A>(m)));
                call_or_throw(to, r, limit);
                const request_share mine{r};
                if constexpr (!std::is_void_v<reply_t<M>>)
                    return std::move(r->value());
                else
                    return;
            }
        if constexpr (!std::is_void_v<reply_t<M>>)
            return never<reply_t<M>>();
    }
    /// Asks and waits for the answer or the failure.
    template <class A, class M = std::remove_cvref_t<A>>
    auto try_call(A&& m, time_limit limit = default_call_timeout) const -> result<reply_t<M>> {
        if constexpr (decltype(explain_message<A>())::ok)
            if constexpr (decltype(explain_call<T, M>())::value) {
                const located to = self().locate();
                if (!to.process)
                    return failed<reply_t<M>>(nobody(to.why));
                auto* r = maker_of<T>::template get<M>(to)(M(std::forward<A>(m)));
                if (auto why = detail::try_call(to, r, limit))
                    return failed<reply_t<M>>(std::move(*why));
                const request_share mine{r};
                if constexpr (std::is_void_v<reply_t<M>>)
                    return result<void>{};
                else
                    return result<reply_t<M>>{boost::system::in_place_value, std::move(r->value())};
            }
        return never<result<reply_t<M>>>();
    }
    /// Asks and goes on; the answer is waited for later.
    template <class A, class M = std::remove_cvref_t<A>>
    auto send_request(A&& m) const -> pending<reply_t<M>> {
        if constexpr (decltype(explain_message<A>())::ok)
            if constexpr (decltype(explain_call<T, M>())::value) {
                const located to = self().locate();
                reply_slot<reply_t<M>>* r =
                    to.process ? maker_of<T>::template get<M>(to)(M(std::forward<A>(m)))
                               : make_envelope<unsent_request<reply_t<M>>>();
                pending<reply_t<M>> p{r};
                begin(to, r);
                return p;
            }
        return never<pending<reply_t<M>>>();
    }
    /// A note outside the protocol: handle_info(M).
    template <class A, class M = std::remove_cvref_t<A>>
    void send(A&& m) const {
        if constexpr (decltype(explain_message<A>())::ok)
            if constexpr (decltype(explain_info<T, M>())::value)
                if (const located to = self().locate(); to.process)
                    post(to.process,
                         make_envelope<typed_envelope<T, M, verb::info>>(M(std::forward<A>(m))));
    }
    /// The same when `d` has passed.
    template <class A, class M = std::remove_cvref_t<A>>
    timer_ref send_after(time_span d, A&& m) const {
        if constexpr (decltype(explain_message<A>())::ok)
            if constexpr (decltype(explain_info<T, M>())::value)
                if (const located to = self().locate(); to.process)
                    return post_after(
                        to.process, d,
                        make_envelope<typed_envelope<T, M, verb::info>>(M(std::forward<A>(m))));
        return {};
    }
    /// Ends the server in order: its terminate runs; returns when it is gone.
    /// Errors: throws call_error: `noproc`, `timeout`, or `exited` with another reason.
    void stop(const exit_reason& why = exit_reason::normal, time_limit limit = infinity) const {
        if (const auto r = try_stop(why, limit); !r)
            throw_failure(r.error());
    }
    result<void> try_stop(const exit_reason& why = exit_reason::normal,
                          time_limit limit = infinity) const {
        const located to = self().locate();
        return stop_server(to.process, why, limit);
    }

private:
    const Self& self() const { return static_cast<const Self&>(*this); }
};

} // namespace coppice::detail
