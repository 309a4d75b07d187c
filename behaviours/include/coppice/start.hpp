// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/server_name.hpp>

namespace coppice {

namespace detail {

template <class S>
concept server_class =
    std::is_class_v<S> && std::is_same_v<S, std::remove_cvref_t<S>> && !std::is_abstract_v<S> &&
    std::is_nothrow_destructible_v<S>;

template <class S, class M>
bool try_info(S& s, message& m) {
    if constexpr (handler_access::has_info<S, M>()) {
        if (M* value = m.get_if<M>()) {
            message keep{std::move(m)};
            handler_access::info(s, std::move(*value));
            return true;
        }
    }
    return false;
}

/// Everything that reaches a server untyped.
template <class S>
bool on_message(void* server, message&& m) {
    S& s = *static_cast<S*>(server);
    if (try_info<S, down>(s, m) || try_info<S, exit_signal>(s, m) || try_info<S, timeout>(s, m))
        return true;
    if constexpr (handler_access::has_info<S, message>()) {
        handler_access::info(s, std::move(m));
        return true;
    } else
        return false;
}

template <class S>
void run_terminate(void* s, const exit_reason& why) {
    if constexpr (handler_access::has_terminate<S>())
        handler_access::terminate(*static_cast<S*>(s), why);
}
template <class S>
std::string run_format_status(const void* s) {
    if constexpr (handler_access::has_format_status<S>())
        return handler_access::format_status(*static_cast<const S*>(s));
    else
        return {};
}

template <class S>
inline constexpr bool keeps_state = requires {
    requires S::keep_state_on_error;
};

template <class S>
inline constexpr bool is_never_heavy = requires {
    requires S::never_heavy;
};

template <class S>
inline constexpr server_type server_type_of{
    .name = type_name<S>(),
    .size = sizeof(S),
    .align = alignof(S),
    .destroy = [](void* s) noexcept { static_cast<S*>(s)->~S(); },
    .terminate = handler_access::has_terminate<S>() ? &run_terminate<S> : nullptr,
    .on_message = &on_message<S>,
    .format_status = handler_access::has_format_status<S>() ? &run_format_status<S> : nullptr,
    .keep_state = keeps_state<S>,
    .never_heavy = is_never_heavy<S>};

template <class S, class... Args>
constexpr auto explain_start() {
    constexpr bool is_server = server_class<S>;
    static_assert(is_server,
                  "coppice: a server is a concrete class whose destructor does not throw");
    constexpr bool constructs = !is_server || std::is_constructible_v<S, Args...>;
    static_assert(constructs,
                  "coppice: the server has no public constructor that takes these arguments");
    return std::bool_constant < is_server && constructs > {};
}

/// Constructs S from arguments that lie on the starter's stack; it waits there.
template <class S, class... Args>
struct construct_now final : starter {
    std::tuple<Args&&...> args;
    explicit construct_now(Args&&... a) : args(std::forward<Args>(a)...) {}
    void construct(void* where) const override {
        std::apply([&](auto&&... a) { ::new (where) S(static_cast<Args&&>(a)...); },
                   std::move(const_cast<construct_now*>(this)->args));
    }
};

/// Constructs S from copies, and from what was moved: for a start with a time limit, whose constructor may
/// outlive the starter's wait.
template <class S, class... Args>
struct construct_later final : starter {
    mutable std::tuple<std::decay_t<Args>...> args;
    explicit construct_later(Args&&... a) : args{std::forward<Args>(a)...} {}
    void construct(void* where) const override {
        std::apply([&](auto&... a) { ::new (where) S(std::move(a)...); }, args);
    }
};
template <class S, class... Args>
inline constexpr bool constructs_later = (std::is_constructible_v<std::decay_t<Args>, Args&&> &&
                                          ...) &&
                                         std::is_constructible_v<S, std::decay_t<Args>...>;

template <class S, class... Args>
result<server_ref<S>> start(const start_options& o, Args&&... args) {
    if constexpr (decltype(explain_start<S, Args&&...>())::value) {
        if constexpr (constructs_later<S, Args...>)
            if (!o.limit.is_infinite()) {
                const auto p = start_server(server_type_of<S>,
                                            std::make_unique<const construct_later<S, Args...>>(
                                                std::forward<Args>(args)...),
                                            o);
                if (!p)
                    return p.error();
                return server_ref<S>{*p};
            }
        const construct_now<S, Args...> how{std::forward<Args>(args)...};
        const auto p = start_server(server_type_of<S>, how, o);
        if (!p)
            return p.error();
        return server_ref<S>{*p};
    } else
        return never<result<server_ref<S>>>();
}

} // namespace detail

/// Starts a server; returns when its constructor is done.
///
/// The constructor is OTP's init, and runs in the new process: it may throw, say
/// `this_process::exit(reason)` or `this_process::ignore()`.
/// Errors: throws call_error: `start_failed` with the reason, `ignored`.
template <class S, class... Args>
server_ref<S> start(Args&&... args) {
    return detail::start<S>({}, std::forward<Args>(args)...).value();
}
template <class S, class... Args>
result<server_ref<S>> try_start(Args&&... args) {
    return detail::start<S>({}, std::forward<Args>(args)...);
}

/// The same, linked to the caller. A start that fails takes a caller that does not trap exits down.
template <class S, class... Args>
server_ref<S> start_link(Args&&... args) {
    return detail::start<S>({.link = true}, std::forward<Args>(args)...).value();
}
template <class S, class... Args>
result<server_ref<S>> try_start_link(Args&&... args) {
    return detail::start<S>({.link = true}, std::forward<Args>(args)...);
}

/// A server and the monitor on it.
template <class S>
struct monitored {
    server_ref<S> server;
    monitor_ref monitor;
};
/// The same, monitored by the caller from birth.
template <class S, class... Args>
monitored<S> start_monitor(Args&&... args) {
    monitored<S> m;
    m.server = detail::start<S>({.monitor = &m.monitor}, std::forward<Args>(args)...).value();
    return m;
}

/// How a server starts, where the defaults do not fit.
///
/// `start_as<counter>({.link = true, .limit = 1s}, the_counter, 0)`.
struct start_options {
    bool link = false;
    /// For the constructor; then the process is killed. With a limit the constructor gets copies of its
    /// arguments, or what was moved; where that is not possible, it gets references, and the start also waits
    /// until a constructor that computes or blocks has come to an end.
    time_limit limit = infinity;
    mailbox_limit mailbox = {};
};

namespace detail {
template <class N>
inline constexpr bool is_name = false;
template <class T>
inline constexpr bool is_name<server_name<T>> = true;
template <class T>
inline constexpr bool is_name<via<T>> = true;
} // namespace detail

/// Starts a server under a name: a `server_name`, or an entry of a registry. Errors, beside those of
/// `start`: `already_started` when the name is taken (the constructor does not run), `timeout`.
template <class S, template <class> class Name, class T, class... Args>
requires detail::is_name<Name<T>> result<server_ref<S>> try_start_as(const start_options& o,
                                                                     const Name<T>& name,
                                                                     Args&&... args) {
    return detail::start<S>({.link = o.link,
                             .name = name.text(),
                             .binding = detail::binding_of<T, S>(),
                             .limit = o.limit,
                             .mailbox = o.mailbox},
                            std::forward<Args>(args)...);
}
template <class S, template <class> class Name, class T, class... Args>
requires detail::is_name<Name<T>> server_ref<S> start_as(const start_options& o,
                                                         const Name<T>& name,
                                                         Args&&... args) {
    return try_start_as<S>(o, name, std::forward<Args>(args)...).value();
}
template <class S, template <class> class Name, class T, class... Args>
requires detail::is_name<Name<T>> server_ref<S> start_as(const Name<T>& name, Args&&... args) {
    return try_start_as<S>(start_options{}, name, std::forward<Args>(args)...).value();
}

/// Starts a server with options and without a name.
template <class S, class... Args>
result<server_ref<S>> try_start_with(const start_options& o, Args&&... args) {
    return detail::start<S>({.link = o.link, .limit = o.limit, .mailbox = o.mailbox},
                            std::forward<Args>(args)...);
}
template <class S, class... Args>
server_ref<S> start_with(const start_options& o, Args&&... args) {
    return try_start_with<S>(o, std::forward<Args>(args)...).value();
}

} // namespace coppice
