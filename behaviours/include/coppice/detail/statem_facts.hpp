// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/detail/handlers.hpp>
#include <coppice/messages.hpp>
#include <coppice/next_state.hpp>

// What a state machine does with a message in each of its states, found by overload resolution, and
// the sentences for what is missing.
namespace coppice {

template <class D>
class gen_statem;

namespace detail {

enum class event : std::uint8_t { cast, call, info, continues };
enum class disposition : std::uint8_t { own, common, ignore, postpone, unexpected, none };

/// The name of a type without what it stands in.
template <class T>
consteval std::string_view short_type_name() {
    constexpr std::string_view all = type_name<T>();
    const auto colon = all.substr(0, all.find('<')).rfind(':');
    return colon == all.npos ? all : all.substr(colon + 1);
}

/// The states of a machine, to be deduced.
template <class D>
using states_of = std::type_identity<typename D::states>;

template <class M, class L>
inline constexpr bool is_listed = false;
template <class M, class... Ms>
inline constexpr bool is_listed<M, messages<Ms...>> = one_of<M, Ms...>;

template <class S, class Variant>
inline constexpr bool is_state_of = false;
template <class S, class... Ss>
inline constexpr bool is_state_of<S, std::variant<Ss...>> = one_of<S, Ss...>;

// --- who handles it ---

template <event K, class D, class S, class M>
constexpr bool has_own() {
    if constexpr (K == event::cast)
        return handler_access::has_state_cast<D, S, M>();
    else if constexpr (K == event::info)
        return handler_access::has_state_info<D, S, M>();
    else if constexpr (K == event::continues)
        return handler_access::has_state_continue<D, S, M>();
    else
        return handler_access::has_state_call<D, S, M>() ||
               handler_access::has_state_deferred<D, S, M, reply_t<M>>();
}
template <event K, class D, class M>
constexpr bool has_common() {
    if constexpr (K == event::cast)
        return handler_access::has_cast<D, M>();
    else if constexpr (K == event::info)
        return handler_access::has_info<D, M>();
    else if constexpr (K == event::continues)
        return handler_access::has_continue<D, M>();
    else
        return handler_access::has_call<D, M>() || handler_access::has_deferred<D, M, reply_t<M>>();
}
template <class S, class M>
constexpr bool in_ignore() {
    if constexpr (requires { typename S::ignore; })
        return is_listed<M, typename S::ignore>;
    else
        return false;
}
template <class S, class M>
constexpr bool in_postpone() {
    if constexpr (requires { typename S::postpone; })
        return is_listed<M, typename S::postpone>;
    else
        return false;
}
template <class S, class M>
constexpr bool in_unexpected() {
    if constexpr (requires { typename S::unexpected; })
        return is_listed<M, typename S::unexpected>;
    else
        return false;
}

/// What becomes of an M in state S: its own handler, a list of the state, the handler for all
/// states.
template <event K, class D, class S, class M>
constexpr disposition disposition_of() {
    if constexpr (has_own<K, D, S, M>())
        return disposition::own;
    else if constexpr (in_ignore<S, M>())
        return disposition::ignore;
    else if constexpr (in_postpone<S, M>())
        return disposition::postpone;
    else if constexpr (in_unexpected<S, M>())
        return disposition::unexpected;
    else if constexpr (has_common<K, D, M>())
        return disposition::common;
    else
        return disposition::none;
}

template <event K, class D, class M, class... Ss>
constexpr bool some_state_has(std::type_identity<std::variant<Ss...>>) {
    return (has_own<K, D, Ss, M>() || ...);
}
/// Does any state handle it, or the machine in all of them?
template <event K, class D, class M>
constexpr bool is_handled() {
    if constexpr (has_common<K, D, M>())
        return true;
    else
        return some_state_has<K, D, M>(states_of<D>{});
}

// --- calling a handler ---

/// Calls the handler that `What` says. A call's handler that takes a `from` gets it as `f`.
template <event K, disposition What, class D, class S, class M, class... F>
decltype(auto) invoke(D& d, S& s, M& m, F&&... f) {
    if constexpr (What == disposition::own) {
        if constexpr (K == event::cast)
            return handler_access::state_cast(d, s, std::move(m));
        else if constexpr (K == event::info)
            return handler_access::state_info(d, s, std::move(m));
        else if constexpr (K == event::continues)
            return handler_access::state_continue(d, s, std::move(m));
        else if constexpr (sizeof...(F) == 0)
            return handler_access::state_call(d, s, std::move(m));
        else
            return handler_access::state_deferred(d, s, std::move(m), std::forward<F>(f)...);
    } else {
        if constexpr (K == event::cast)
            return handler_access::cast(d, std::move(m));
        else if constexpr (K == event::info)
            return handler_access::info(d, std::move(m));
        else if constexpr (K == event::continues)
            return handler_access::continues(d, std::move(m));
        else if constexpr (sizeof...(F) == 0)
            return handler_access::call(d, std::move(m));
        else
            return handler_access::deferred(d, std::move(m), std::forward<F>(f)...);
    }
}

template <event K, class D, class S, class M>
struct state_facts {
    static constexpr disposition what = disposition_of<K, D, S, M>();
    static constexpr bool runs = what == disposition::own || what == disposition::common;
    static constexpr bool covered = what != disposition::none;
    static constexpr bool once = in_ignore<S, M>() + in_postpone<S, M>() + in_unexpected<S, M>() +
                                     (what == disposition::own ? 1 : 0) <=
                                 1;
    static constexpr bool answers = K != event::call || what != disposition::ignore;

    /// Returns the answer itself, so the state stays.
    static constexpr bool direct() {
        if constexpr (K != event::call || !runs)
            return false;
        else if constexpr (what == disposition::own)
            return handler_access::has_state_call<D, S, M>();
        else
            return handler_access::has_call<D, M>();
    }
    static constexpr bool one_form() {
        if constexpr (K != event::call || !runs)
            return true;
        else if constexpr (what == disposition::own)
            return !(handler_access::has_state_call<D, S, M>() &&
                     handler_access::has_state_deferred<D, S, M, reply_t<M>>());
        else
            return !(handler_access::has_call<D, M>() &&
                     handler_access::has_deferred<D, M, reply_t<M>>());
    }
    static constexpr auto returned() {
        if constexpr (!runs)
            return std::type_identity<void>{};
        else if constexpr (K == event::call && !direct())
            return std::type_identity<decltype(invoke<K, what>(
                std::declval<D&>(), std::declval<S&>(), std::declval<M&>(),
                std::declval<from<reply_t<M>>>()))>{};
        else
            return std::type_identity<decltype(invoke<K, what>(
                std::declval<D&>(), std::declval<S&>(), std::declval<M&>()))>{};
    }
    /// What its handler returns; void where there is none.
    using result = typename decltype(returned())::type;
};

template <class R, class States>
inline constexpr bool is_edge =
    std::is_void_v<R> || std::is_same_v<R, keep_state_t> || std::is_same_v<R, repeat_state_t> ||
    std::is_same_v<R, States> || is_state_of<R, States>;
template <class... Ss, class States>
inline constexpr bool is_edge<next_state<Ss...>, States> = (is_state_of<Ss, States> && ...);

template <event K, class D, class S, class M>
constexpr bool returns_well() {
    using is = state_facts<K, D, S, M>;
    if constexpr (!is::runs)
        return true;
    else if constexpr (is::direct())
        return fits_reply<typename is::result, reply_t<M>>;
    else
        return is_edge<typename is::result, typename D::states>;
}

// --- the sentences: at most one is said ---

template <event K, class D, class M, class... Ss>
constexpr auto explain_states_of(std::type_identity<std::variant<Ss...>>) {
    constexpr bool covered = (state_facts<K, D, Ss, M>::covered && ...);
    static_assert(covered,
                  "coppice: this state machine handles this message in some states only: give each "
                  "other state a handler, or list the message in its `ignore`, `postpone` or "
                  "`unexpected`");
    constexpr bool once = !covered || (state_facts<K, D, Ss, M>::once && ...);
    static_assert(once, "coppice: a state both handles this message and leaves it out, or lists it "
                        "twice: keep one");
    constexpr bool answers = !covered || !once || (state_facts<K, D, Ss, M>::answers && ...);
    static_assert(answers, "coppice: a state ignores this call, and its caller would wait in vain: "
                           "answer it, or list it in `postpone` or `unexpected`");
    constexpr bool so_far = covered && once && answers;
    constexpr bool one_form = !so_far || (state_facts<K, D, Ss, M>::one_form() && ...);
    static_assert(one_form, "coppice: a state has both handle_call(S&, M) and handle_call(S&, M, "
                            "from<R>) for this message: keep one");
    constexpr bool returns = !so_far || !one_form || (returns_well<K, D, Ss, M>() && ...);
    static_assert(returns,
                  "coppice: a handler of a state machine returns void, a state of its `states`, or "
                  "next_state<...> of such; handle_call(S&, M) returns M::reply");
    return std::bool_constant < so_far && one_form && returns > {};
}
/// Does each state say what becomes of an M? Says the sentence where one does not.
template <event K, class D, class M>
constexpr auto explain_states() {
    return explain_states_of<K, D, M>(states_of<D>{});
}

template <class T>
inline constexpr bool are_structs = false;
template <class... Ss>
inline constexpr bool are_structs<std::variant<Ss...>> =
    ((std::is_class_v<Ss> && std::is_nothrow_move_constructible_v<Ss>)&&...);

template <class D>
constexpr bool says_where_it_starts() {
    if constexpr (handler_access::has_init<D>())
        return std::is_convertible_v<decltype(handler_access::init(std::declval<D&>())),
                                     typename D::states>;
    else
        return std::is_default_constructible_v<typename D::states>;
}
template <class D, class S>
constexpr bool enter_returns_void() {
    if constexpr (handler_access::has_enter<D, S>())
        return std::is_void_v<decltype(handler_access::enter(std::declval<D&>(),
                                                             std::declval<S&>()))>;
    else
        return true;
}
template <class D, class... Ss>
constexpr bool enters_return_void(std::type_identity<std::variant<Ss...>>) {
    return (enter_returns_void<D, Ss>() && ...);
}
template <class D, class... Ss>
constexpr bool enters_somewhere(std::type_identity<std::variant<Ss...>>) {
    return (handler_access::has_enter<D, Ss>() || ...);
}
template <class D, class... Ss>
constexpr bool terminates_somewhere(std::type_identity<std::variant<Ss...>>) {
    return handler_access::has_terminate<D>() ||
           (handler_access::has_state_terminate<D, Ss>() || ...);
}

template <class D>
constexpr auto explain_machine() {
    constexpr bool has_states = machine_class<D>;
    static_assert(has_states, "coppice: a state machine names its states: `using states = "
                              "std::variant<A, B>;`");
    if constexpr (has_states) {
        constexpr bool structs = are_structs<typename D::states>;
        static_assert(structs,
                      "coppice: the states of a machine are a std::variant of structs with "
                      "a move constructor that does not throw (no enum, no numbers)");
        if constexpr (structs) {
            constexpr bool starts = says_where_it_starts<D>();
            static_assert(starts, "coppice: the first state has no default constructor, so say "
                                  "where the machine starts: `states init()`");
            constexpr bool enters = !starts || enters_return_void<D>(states_of<D>{});
            static_assert(enters, "coppice: handle_enter returns void: to move on from there say "
                                  "this_process::continue_with(this, m)");
            return std::bool_constant < starts && enters > {};
        } else
            return std::false_type{};
    } else
        return std::false_type{};
}
template <class D>
inline constexpr bool is_sound_machine = decltype(explain_machine<D>())::value;

/// What a client is told. A message that no state handles gets the sentence of any server; what
/// only some states handle gets its own, where its envelope is made. A class that is no machine
/// accepts all: it has had its sentence.
template <class D, class M>
struct facts<gen_statem<D>, M> {
    static constexpr bool member = true;
    static constexpr bool calls = has_reply<M>;
    static constexpr bool valid_reply() {
        if constexpr (!calls)
            return true;
        else
            return std::is_void_v<reply_t<M>> || (std::is_object_v<reply_t<M>> &&
                                                  std::is_nothrow_move_constructible_v<reply_t<M>>);
    }
    template <event K>
    static constexpr bool handles() {
        if constexpr (!is_sound_machine<D>)
            return true;
        else
            return is_handled<K, D, M>();
    }
    static constexpr bool handles_call() {
        if constexpr (!calls || !valid_reply())
            return false;
        else
            return handles<event::call>();
    }
    static constexpr bool handles_cast() { return handles<event::cast>(); }
    static constexpr bool handles_info() { return handles<event::info>(); }
    static constexpr bool one_form() { return true; }
    static constexpr bool call_returns() { return handles_call(); }
    static constexpr bool cast_returns() { return handles_cast(); }
};

} // namespace detail
} // namespace coppice
