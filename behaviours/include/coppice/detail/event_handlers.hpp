// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/detail/event_manager.hpp>
#include <coppice/server_name.hpp>
#include <tuple>

// Classes of event handlers as their manager sees them, the manager's messages, and the sentences.
namespace coppice::detail {

// --- facts about a handler ---

template <class T>
inline constexpr bool crosses_processes = std::is_void_v<T> ||
                                          (std::is_object_v<T> &&
                                           std::is_nothrow_move_constructible_v<T>);
// A wrong type gets its sentence; elsewhere a harmless one stands for it, or Boost would add more.
template <class T, class Otherwise>
using if_crosses_t = std::conditional_t<crosses_processes<T>, T, Otherwise>;

template <class H>
constexpr auto terminate_result() {
    if constexpr (handler_access::has_terminate<H>())
        return std::type_identity<decltype(handler_access::terminate(
            std::declval<H&>(), std::declval<const exit_reason&>()))>{};
    else
        return std::type_identity<void>{};
}
template <class H>
using declared_result_t = typename decltype(terminate_result<H>())::type;
/// What a handler's `terminate` returns: what `delete_handler` returns.
template <class H>
using terminate_result_t = if_crosses_t<declared_result_t<H>, void>;

/// What a handler's call returns.
template <class M>
using answer_t = if_crosses_t<reply_t<M>, after_error>;

template <class H, class E>
constexpr bool hears_rightly() {
    if constexpr (handler_access::has_event<H, E>())
        return std::is_void_v<decltype(handler_access::event(std::declval<H&>(),
                                                             std::declval<const E&>()))>;
    else
        return true;
}

template <class H>
inline constexpr bool takes_messages = handler_access::has_shared_info<H, message>();
template <class H>
inline constexpr bool takes_any_info = takes_messages<H> ||
                                       handler_access::has_shared_info<H, const exit_signal>() ||
                                       handler_access::has_shared_info<H, const down>() ||
                                       handler_access::has_shared_info<H, const timeout>();

// --- a class of handlers, without its type ---

template <class H, class E>
void hear(void* h, const void* e) {
    handler_access::event(*static_cast<H*>(h), *static_cast<const E*>(e));
}
template <class H, class E>
constexpr auto hear_of() -> void (*)(void*, const void*) {
    if constexpr (handler_access::has_event<H, E>())
        return &hear<H, E>;
    else
        return nullptr;
}
template <class H, class... Es>
inline constexpr void (*hear_table[])(void*, const void*) = {hear_of<H, Es>()...};

template <class H, class M>
bool try_shared_info(H& h, message& m) {
    if constexpr (handler_access::has_shared_info<H, const M>())
        if (const M* value = m.get_if<M>()) {
            handler_access::shared_info(h, *value);
            return true;
        }
    return false;
}
template <class H>
bool run_shared_info(void* handler, message& m) {
    H& h = *static_cast<H*>(handler);
    if (try_shared_info<H, exit_signal>(h, m) || try_shared_info<H, down>(h, m) ||
        try_shared_info<H, timeout>(h, m))
        return true;
    if constexpr (takes_messages<H>) {
        handler_access::shared_info(h, m);
        return true;
    } else
        return false;
}

template <class H>
void run_handler_terminate(void* h, const exit_reason& why, void* value) {
    using R = terminate_result_t<H>;
    if constexpr (std::is_void_v<R>)
        handler_access::terminate(*static_cast<H*>(h), why);
    else {
        R r = handler_access::terminate(*static_cast<H*>(h), why);
        if (value)
            static_cast<std::optional<R>*>(value)->emplace(std::move(r));
    }
}
template <class H>
constexpr auto handler_terminate_of() -> void (*)(void*, const exit_reason&, void*) {
    if constexpr (handler_access::has_terminate<H>())
        return &run_handler_terminate<H>;
    else
        return nullptr;
}

template <class H, class... Es>
inline constexpr handler_type handler_type_of{
    .key = &type_key<H>,
    .name = type_name<H>(),
    .hear = hear_table<H, Es...>,
    .info = takes_any_info<H> ? &run_shared_info<H> : nullptr,
    .terminate = handler_terminate_of<H>(),
    .destroy = [](void* h) noexcept { delete static_cast<H*>(h); }};

template <class New, class Old, class... Args>
inline constexpr bool takes_over = std::is_constructible_v<New, Args..., Old&&>;
template <class New, class... Args>
inline constexpr bool takes_over<New, void, Args...> = false;

/// Old is void where nothing is replaced.
template <class New, class Old, class... Args>
class maker_of_handler final : public handler_maker {
public:
    template <class... As>
    explicit maker_of_handler(const handler_type& t, As&&... as)
        : handler_maker{t}, args_(std::forward<As>(as)...) {}

    void* make([[maybe_unused]] void* old) override {
        return std::apply(
            [&](Args&... args) -> void* {
                if constexpr (takes_over<New, Old, Args...>)
                    if (old)
                        return new New(std::move(args)..., std::move(*static_cast<Old*>(old)));
                if constexpr (std::is_constructible_v<New, Args...>)
                    return new New(std::move(args)...);
                else
                    return nullptr;
            },
            args_);
    }

private:
    std::tuple<Args...> args_;
};

template <class H>
handler_name name_of_handler(std::string id) {
    return {.key = &type_key<H>, .type = type_name<H>(), .id = std::move(id)};
}

// --- what the verbs send to the manager ---

template <class E>
struct sync_event {
    E event;
    using reply = void;
};
template <class Maker>
struct add_handler_request {
    Maker maker;
    std::string id;
    pid adder;
    using reply = result<void>;
};
template <class H>
struct delete_handler_request {
    std::string id;
    exit_reason why;
    using reply = result<terminate_result_t<H>>;
};
template <class Old, class Maker>
struct swap_handler_request {
    Maker maker;
    std::string id;
    std::string new_id;
    exit_reason why;
    pid adder;
    using reply = result<void>;
};
template <class H, class M>
struct ask_handler_request {
    M message;
    std::string id;
    using reply = result<reply_t<M>>;
};
struct which_handlers_request {
    using reply = std::vector<handler_info>;
};

/// A call has failed, or the manager answered that it could not do what was asked.
template <class R>
result<R> flattened(result<result<R>> r) {
    if (!r)
        return failed<R>(std::move(r).error());
    return std::move(*r);
}

// --- the sentences: at most one is said ---

template <class Ref, class G>
concept manager_ref = requires(const Ref& r) {
    []<class Self>(const server_verbs<Self, G>&) {}(r);
};
template <class Ref, class G>
constexpr auto explain_manager() {
    constexpr bool manager = manager_ref<Ref, G>;
    static_assert(manager, "coppice: this neither names this event manager nor refers to one: it "
                           "takes a server_name, via or server_ref of this gen_event<...>");
    return std::bool_constant<manager>{};
}

template <class E, class... Es>
constexpr auto explain_event() {
    constexpr bool listed = one_of<E, Es...>;
    static_assert(listed, "coppice: this gen_event<...> does not list this event");
    return std::bool_constant<listed>{};
}

template <class H, class... Es>
struct handler_check {
    static constexpr bool is_class = std::is_class_v<H> && !std::is_abstract_v<H> &&
                                     std::is_nothrow_destructible_v<H> &&
                                     std::is_same_v<H, std::remove_cvref_t<H>>;
    static constexpr bool listens = (handler_access::has_event<H, Es>() || ...);
    static constexpr bool returns_void = (hears_rightly<H, Es>() && ...);
    static constexpr bool shares = takes_messages<H> || !handler_access::has_info<H, message>();
    static constexpr bool ends_well = crosses_processes<declared_result_t<H>>;
    static constexpr bool ok = is_class && listens && returns_void && shares && ends_well;
};

template <class H, class... Es>
constexpr auto explain_handler() {
    using is = handler_check<H, Es...>;
    constexpr bool is_class = is::is_class;
    static_assert(is_class,
                  "coppice: an event handler is a concrete class whose destructor does not throw");
    constexpr bool listens = !is_class || is::listens;
    static_assert(listens, "coppice: this handler handles none of the manager's events: it needs a "
                           "public, unambiguous `void handle_event(const E&)`");
    constexpr bool returns_void = !is_class || !listens || is::returns_void;
    static_assert(returns_void,
                  "coppice: handle_event(const E&) must return void: an event has no reply");
    constexpr bool shares = !is_class || !listens || !returns_void || is::shares;
    static_assert(shares, "coppice: an event handler's handle_info takes `message&`, not "
                          "`message`: all handlers of the manager see the same one");
    constexpr bool ends_well = !is_class || !listens || !returns_void || !shares || is::ends_well;
    static_assert(ends_well, "coppice: what an event handler's terminate returns is void or a "
                             "nothrow movable value (never a reference: it crosses processes)");
    return std::bool_constant<is::ok>{};
}

template <class H, class... Args>
constexpr auto explain_new_handler() {
    constexpr bool constructs = std::is_constructible_v<H, Args...>;
    static_assert(constructs, "coppice: the event handler has no public constructor that takes "
                              "these arguments");
    return std::bool_constant<constructs>{};
}

template <class New, class Old, class... Args>
constexpr auto explain_swapped_handler() {
    constexpr bool constructs =
        std::is_constructible_v<New, Args...> || takes_over<New, Old, Args...>;
    static_assert(constructs, "coppice: the new event handler has no public constructor that takes "
                              "these arguments, with the old handler behind them or without it");
    return std::bool_constant<constructs>{};
}

template <class H, class M>
struct ask_check {
    static constexpr bool asks = has_reply<M>;
    static constexpr bool valid_reply = asks && crosses_processes<reply_t<M>>;
    static constexpr bool handled = handler_access::has_call<H, M>();
    static constexpr bool returns() {
        if constexpr (valid_reply && handled)
            return fits_reply<decltype(handler_access::call(std::declval<H&>(), std::declval<M>())),
                              reply_t<M>>;
        else
            return false;
    }
};
template <class H, class M>
constexpr auto explain_ask() {
    using is = ask_check<H, M>;
    constexpr bool asks = is::asks;
    static_assert(asks, "coppice: this message has no reply, so no handler can be called with it: "
                        "notify all handlers, or add `using reply = R;` to it");
    constexpr bool valid_reply = !asks || is::valid_reply;
    static_assert(valid_reply, "coppice: a message's `reply` is void or a nothrow movable value "
                               "(never a reference: it crosses processes)");
    constexpr bool handled = !asks || !valid_reply || is::handled;
    static_assert(handled, "coppice: this event handler does not handle this call: it needs a "
                           "public, unambiguous `R handle_call(M)`, R being M::reply");
    constexpr bool returns = !asks || !valid_reply || !handled || is::returns();
    static_assert(returns, "coppice: handle_call(M) must return M::reply (without narrowing)");
    return std::bool_constant<is::returns()>{};
}

} // namespace coppice::detail
