// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/server_name.hpp>

// What `start<S>` needs: the server class as the runtime sees it, and its construction.
namespace coppice::detail {

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
inline constexpr bool has_fixed_priority = requires {
    requires S::keeps_normal_priority;
};

template <class S>
inline constexpr bool skips_late_requests = requires {
    requires S::skip_late_requests;
};

/// The bound of a server's mailbox where its start says nothing: the class may have one.
template <class S>
constexpr mailbox_limit mailbox_of() {
    if constexpr (requires { mailbox_limit{S::default_mailbox}; })
        return S::default_mailbox;
    else
        return {};
}

/// What sys::get_status says of a server of class S.
template <class S>
inline constexpr std::string_view behaviour_of = "gen_server";

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
    .keeps_normal_priority = has_fixed_priority<S>,
    .skips_late_requests = skips_late_requests<S>,
    .behaviour = behaviour_of<S>};

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

/// Constructs a server by a lambda, once. (No tuple of the arguments: it is half of what a user's
/// file compiles for a start.)
template <class F>
struct construct_by final : starter {
    mutable F make;
    explicit construct_by(F&& f) : make(std::move(f)) {}
    void construct(void* where) const override { make(where); }
};
template <class S, class... Args>
inline constexpr bool constructs_later =
    ((std::is_constructible_v<std::decay_t<Args>, Args&&> &&
      std::is_move_constructible_v<std::decay_t<Args>>)&&...) &&
    std::is_constructible_v<S, std::decay_t<Args>...>;

template <class S, class... Args>
result<server_ref<S>> start(const server_start_options& o, Args&&... args) {
    if constexpr (decltype(explain_start<S, Args&&...>())::value) {
        // With a timeout the constructor may outlive the starter's wait: it has copies, and what
        // was moved. Without, it has what lies on the stack of the starter, which waits there.
        if constexpr (constructs_later<S, Args...>)
            if (has_timeout(o)) {
                auto later = [... a = std::decay_t<Args>(std::forward<Args>(args))](
                                 void* where) mutable { ::new (where) S(std::move(a)...); };
                const auto p = start_server(server_type_of<S>,
                                            new construct_by<decltype(later)>(std::move(later)), o);
                if (!p)
                    return p.error();
                return server_ref<S>{*p};
            }
        auto now = [&](void* where) { ::new (where) S(std::forward<Args>(args)...); };
        const construct_by<decltype(now)> how(std::move(now));
        const auto p = start_server(server_type_of<S>, how, o);
        if (!p)
            return p.error();
        return server_ref<S>{*p};
    } else
        return never<result<server_ref<S>>>();
}

} // namespace coppice::detail
