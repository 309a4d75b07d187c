// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/detail/request.hpp>
#include <coppice/from.hpp>

// How a server's handlers are found: by overload, at the call site. Nothing is registered.
namespace coppice {

/// The messages that a client may send, without the class of the server: `protocol<put, get>`.
template <class... Ms>
struct protocol {};

/// The one friend that a server with private handlers needs: `friend coppice::handler_access;`
class handler_access {
public:
    template <class S, class M>
    static constexpr bool has_cast() {
        return requires(S & s, M && m) { s.handle_cast(std::move(m)); };
    }
    template <class S, class M>
    static constexpr bool has_info() {
        return requires(S & s, M && m) { s.handle_info(std::move(m)); };
    }
    template <class S, class M>
    static constexpr bool has_continue() {
        return requires(S & s, M && m) { s.handle_continue(std::move(m)); };
    }
    template <class S, class M>
    static constexpr bool has_call() {
        return requires(S & s, M && m) { s.handle_call(std::move(m)); };
    }
    template <class S, class M, class R>
    static constexpr bool has_deferred() {
        return requires(S & s, M && m, from<R> && f) { s.handle_call(std::move(m), std::move(f)); };
    }
    template <class H, class E>
    static constexpr bool has_event() {
        return requires(H & h, const E& e) { h.handle_event(e); };
    }
    /// A message that several handlers see.
    template <class H, class M>
    static constexpr bool has_shared_info() {
        return requires(H & h, M & m) { h.handle_info(m); };
    }
    template <class S>
    static constexpr bool has_terminate() {
        return requires(S & s, const exit_reason& r) { s.terminate(r); };
    }
    template <class S>
    static constexpr bool has_format_status() {
        return requires(const S& s) { std::string{s.format_status()}; };
    }
    template <class S, class M>
    static decltype(auto) cast(S& s, M&& m) {
        return s.handle_cast(std::move(m));
    }
    template <class S, class M>
    static decltype(auto) info(S& s, M&& m) {
        return s.handle_info(std::move(m));
    }
    template <class S, class M>
    static decltype(auto) continues(S& s, M&& m) {
        return s.handle_continue(std::move(m));
    }
    template <class S, class M>
    static decltype(auto) call(S& s, M&& m) {
        return s.handle_call(std::move(m));
    }
    template <class S, class M, class R>
    static decltype(auto) deferred(S& s, M&& m, from<R>&& f) {
        return s.handle_call(std::move(m), std::move(f));
    }
    template <class H, class E>
    static decltype(auto) event(H& h, const E& e) {
        return h.handle_event(e);
    }
    template <class H, class M>
    static decltype(auto) shared_info(H& h, M& m) {
        return h.handle_info(m);
    }
    template <class S>
    static decltype(auto) terminate(S& s, const exit_reason& r) {
        return s.terminate(r);
    }
    template <class S>
    static std::string format_status(const S& s) {
        return s.format_status();
    }

    // --- of a state machine D: the state stands first ---
    template <class D, class S, class M>
    static constexpr bool has_state_cast() {
        return requires(D & d, S & s, M && m) { d.handle_cast(s, std::move(m)); };
    }
    template <class D, class S, class M>
    static constexpr bool has_state_info() {
        return requires(D & d, S & s, M && m) { d.handle_info(s, std::move(m)); };
    }
    template <class D, class S, class M>
    static constexpr bool has_state_continue() {
        return requires(D & d, S & s, M && m) { d.handle_continue(s, std::move(m)); };
    }
    template <class D, class S, class M>
    static constexpr bool has_state_call() {
        return requires(D & d, S & s, M && m) { d.handle_call(s, std::move(m)); };
    }
    template <class D, class S, class M, class R>
    static constexpr bool has_state_deferred() {
        return requires(D & d, S & s, M && m, from<R> && f) {
            d.handle_call(s, std::move(m), std::move(f));
        };
    }
    template <class D, class S>
    static constexpr bool has_enter() {
        return requires(D & d, S & s) { d.handle_enter(s); };
    }
    template <class D>
    static constexpr bool has_init() {
        return requires(D & d) { d.init(); };
    }
    template <class D, class S>
    static constexpr bool has_state_terminate() {
        return requires(D & d, S & s, const exit_reason& r) { d.terminate(s, r); };
    }
    template <class D, class S, class M>
    static decltype(auto) state_cast(D& d, S& s, M&& m) {
        return d.handle_cast(s, std::move(m));
    }
    template <class D, class S, class M>
    static decltype(auto) state_info(D& d, S& s, M&& m) {
        return d.handle_info(s, std::move(m));
    }
    template <class D, class S, class M>
    static decltype(auto) state_continue(D& d, S& s, M&& m) {
        return d.handle_continue(s, std::move(m));
    }
    template <class D, class S, class M>
    static decltype(auto) state_call(D& d, S& s, M&& m) {
        return d.handle_call(s, std::move(m));
    }
    template <class D, class S, class M, class R>
    static decltype(auto) state_deferred(D& d, S& s, M&& m, from<R>&& f) {
        return d.handle_call(s, std::move(m), std::move(f));
    }
    template <class D, class S>
    static decltype(auto) enter(D& d, S& s) {
        return d.handle_enter(s);
    }
    template <class D>
    static decltype(auto) init(D& d) {
        return d.init();
    }
    template <class D, class S>
    static void state_terminate(D& d, S& s, const exit_reason& r) {
        d.terminate(s, r);
    }
};

namespace detail {

struct system_access; // sys: what it shows of the server of a behaviour

// --- facts about a server and a message ---

template <class M>
concept has_reply = requires {
    typename M::reply;
};
template <class M>
struct reply_type {
    using type = after_error;
};
template <has_reply M>
struct reply_type<M> {
    using type = typename M::reply;
};
template <class M>
using reply_t = typename reply_type<M>::type;

// Fits R without narrowing: `R x[] = {value}` compiles.
template <class T, class R>
concept fits_reply = (std::is_void_v<R> && std::is_void_v<T>) || (!std::is_void_v<R> && requires {
                         std::type_identity_t<R[]>{std::declval<T>()};
                     });

template <class T, class M>
struct facts {
    static constexpr bool member = true;
    static constexpr bool calls = has_reply<M>;
    static constexpr bool valid_reply() {
        if constexpr (!calls)
            return true;
        else
            return std::is_void_v<reply_t<M>> || (std::is_object_v<reply_t<M>> &&
                                                  std::is_nothrow_move_constructible_v<reply_t<M>>);
    }
    static constexpr bool handles_call() {
        if constexpr (!calls || !valid_reply())
            return false;
        else
            return handler_access::has_call<T, M>() ||
                   handler_access::has_deferred<T, M, reply_t<M>>();
    }
    static constexpr bool handles_cast() { return handler_access::has_cast<T, M>(); }
    static constexpr bool handles_info() { return handler_access::has_info<T, M>(); }
    static constexpr bool one_form() {
        if constexpr (!handles_call())
            return true;
        else
            return !(handler_access::has_call<T, M>() &&
                     handler_access::has_deferred<T, M, reply_t<M>>());
    }
    static constexpr bool call_returns() {
        if constexpr (!handles_call())
            return false;
        else if constexpr (handler_access::has_call<T, M>())
            return fits_reply<decltype(handler_access::call(std::declval<T&>(), std::declval<M>())),
                              reply_t<M>>;
        else
            return std::is_void_v<decltype(handler_access::deferred(
                std::declval<T&>(), std::declval<M>(), std::declval<from<reply_t<M>>>()))>;
    }
    static constexpr bool cast_returns() {
        if constexpr (handles_cast())
            return std::is_void_v<decltype(handler_access::cast(std::declval<T&>(),
                                                                std::declval<M>()))>;
        else
            return false;
    }
};
template <class M, class... Ms>
inline constexpr bool one_of = (std::is_same_v<M, Ms> || ...);
template <class... Ms, class M>
struct facts<protocol<Ms...>, M> {
    static constexpr bool member = one_of<M, Ms...>, calls = has_reply<M>;
    static constexpr bool valid_reply() { return true; }
    static constexpr bool handles_call() { return true; }
    static constexpr bool handles_cast() { return true; }
    static constexpr bool handles_info() { return false; }
    static constexpr bool call_returns() { return true; }
    static constexpr bool one_form() { return true; }
    static constexpr bool cast_returns() { return true; }
};

/// The class of a state machine: clients name the server that runs it.
template <class T>
concept machine_class = requires {
    typename T::states;
};

// --- the sentences: at most one is said (named locals: clang 14 prints the condition first) ---

template <class T, class M>
constexpr auto explain_call() {
    using is = facts<T, M>;
    constexpr bool listed = is::member;
    static_assert(listed, "coppice: this protocol does not list this message");
    constexpr bool has_reply = !listed || is::calls;
    static_assert(has_reply, "coppice: this message has no reply, so it cannot be called: cast it, "
                             "or add `using reply = R;` to it");
    constexpr bool valid_reply = !is::calls || is::valid_reply();
    static_assert(valid_reply, "coppice: a message's `reply` is void or a nothrow movable value "
                               "(never a reference: it crosses processes)");
    constexpr bool is_server = !machine_class<T> || !is::calls || is::handles_call();
    static_assert(is_server, "coppice: this class is a state machine: its server is gen_statem<T>");
    constexpr bool handled = !is::calls || !valid_reply || !is_server || is::handles_call();
    static_assert(handled, "coppice: this server does not handle this call: it needs a public, "
                           "unambiguous `R handle_call(M)` or `void handle_call(M, from<R>)`, R "
                           "being M::reply");
    constexpr bool one_form = is::one_form();
    static_assert(one_form, "coppice: this server has both handle_call(M) and handle_call(M, "
                            "from<R>) for this message: keep one");
    constexpr bool returns = !is::calls || !is::handles_call() || is::call_returns();
    static_assert(returns, "coppice: handle_call(M) must return M::reply (without narrowing); "
                           "handle_call(M, from<R>) returns void");
    return std::bool_constant < is::member && is::calls && is::one_form() &&
           is::call_returns() > {};
}

template <class T, class M>
constexpr auto explain_cast() {
    using is = facts<T, M>;
    constexpr bool listed = is::member;
    static_assert(listed, "coppice: this protocol does not list this message");
    constexpr bool no_reply = !listed || !is::calls;
    static_assert(no_reply, "coppice: this message has a reply, so it cannot be cast: call it, or "
                            "use send_request and drop the result");
    constexpr bool is_server = !machine_class<T> || is::calls || is::handles_cast();
    static_assert(is_server, "coppice: this class is a state machine: its server is gen_statem<T>");
    constexpr bool handled = is::calls || !is_server || is::handles_cast();
    static_assert(handled, "coppice: this server does not handle this cast: it needs a public, "
                           "unambiguous `void handle_cast(M)`");
    constexpr bool returns = is::calls || !is::handles_cast() || is::cast_returns();
    static_assert(returns, "coppice: handle_cast(M) must return void: a cast has no reply");
    return std::bool_constant < is::member && !is::calls && is::cast_returns() > {};
}

template <class T, class M>
constexpr auto explain_info() {
    constexpr bool ok = facts<T, M>::handles_info();
    static_assert(
        ok,
        "coppice: this server does not handle this info message: it needs a public, unambiguous "
        "`void handle_info(M)`");
    return std::bool_constant<ok>{};
}

template <class T, class M>
constexpr auto explain_either() {
    if constexpr (has_reply<M>)
        return explain_call<T, M>();
    else
        return explain_cast<T, M>();
}

} // namespace detail
} // namespace coppice
