// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/gen_server.hpp>

namespace coppice {

namespace detail {

template <class F, class State>
constexpr auto explain_agent_function() {
    constexpr bool fits = std::is_invocable_v<F&, State>;
    static_assert(fits, "coppice: an agent's function takes the state: `const State&` in get, "
                        "`State&` in update, get_and_update and cast");
    if constexpr (fits) {
        using R = std::invoke_result_t<F&, State>;
        constexpr bool is_value =
            std::is_void_v<R> ||
            (std::is_object_v<R> && !std::is_const_v<R> && std::is_nothrow_move_constructible_v<R>);
        static_assert(is_value,
                      "coppice: an agent's function returns a nothrow movable value, not a "
                      "reference into the agent's state");
        return std::bool_constant<is_value>{};
    } else
        return std::false_type{};
}

/// What a function returns; a harmless type where the function is wrong.
template <class F, class State>
struct agent_answer {
    static auto of() {
        if constexpr (std::is_invocable_v<F&, State>) {
            using R = std::invoke_result_t<F&, State>;
            if constexpr (std::is_reference_v<R>)
                return std::type_identity<after_error>{};
            else
                return std::type_identity<R>{};
        } else
            return std::type_identity<after_error>{};
    }
    using type = typename decltype(of())::type;
};

/// Makes an agent's state in its process.
template <class F, class State>
concept makes_state = std::is_invocable_v<F&> && !std::constructible_from<State, F> &&
                      std::constructible_from<State, std::invoke_result_t<F&>>;

} // namespace detail

/// A value in a process, and functions that run on it there. Elixir's Agent.
///
///     using settings_agent = agent<settings>;
///     inline constexpr server_name<settings_agent> the_settings{"settings"};
///
///     child<settings_agent>(the_settings, settings{.host = "localhost"})      // in a tree
///     auto a = start<settings_agent>(settings{});                             // or by itself
///
///     auto host = settings_agent::get(the_settings, [](const settings& s) { return s.host; });
///     settings_agent::update(the_settings, [](settings& s) { s.port = 80; });
///     int old = settings_agent::get_and_update(
///         the_settings, [](settings& s) { return std::exchange(s.port, 443); });
///
/// It is started, named, supervised and stopped as any server is. The arguments of its start make
/// the state; a function that returns the state runs in the agent's process at its start.
///
/// **Functions** run in the agent, one at a time, in the order in which they arrive: while one
/// computes, all other callers wait. `get` is given a `const State&`, the others a `State&`. They
/// return a value: a reference into the state does not leave the process. What they capture is
/// moved into the agent, so they capture nothing by reference. In a function the agent is
/// `this_process::self()`, and a call to the agent itself fails with `calling_self`.
///
/// **Errors.** A function that throws ends the agent, and its caller gets `exited` with the reason,
/// as from any server; a supervisor starts the agent again with the state that its child spec says.
/// `this_process::exit(reason)` in a function is the same with that reason, `normal` too.
///
/// **Timeouts.** Five seconds where nothing is said. The function runs all the same.
///
/// **When not.** A state that has rules of its own is a server with messages: they have names, and
/// a protocol. A value that all read and none changes needs no process.
///
/// Context: its verbs as those of a server: any process and any thread; they suspend the process,
/// or block the thread, but for `cast`.
/// Source: Elixir, module Agent.
template <class State>
class agent {
public:
    /// The state is constructed from `args`.
    template <class... Args>
    requires std::constructible_from<State, Args...>
    explicit agent(Args&&... args) : state_(std::forward<Args>(args)...) {}
    /// The state is what `make()` returns.
    template <detail::makes_state<State> F>
    explicit agent(F make) : state_(make()) {}

    /// What `f(const State&)` returns. Errors: as a call; `try_get` returns them.
    template <class Ref, class F>
    static auto get(const Ref& a, F f, time_limit timeout = default_call_timeout);
    template <class Ref, class F>
    static auto try_get(const Ref& a, F f, time_limit timeout = default_call_timeout);

    /// Runs `f(State&)`, and returns when it has run.
    template <class Ref, class F>
    static void update(const Ref& a, F f, time_limit timeout = default_call_timeout);
    template <class Ref, class F>
    static result<void> try_update(const Ref& a, F f, time_limit timeout = default_call_timeout);

    /// What `f(State&)` returns, which changes the state at the same time.
    template <class Ref, class F>
    static auto get_and_update(const Ref& a, F f, time_limit timeout = default_call_timeout);
    template <class Ref, class F>
    static auto try_get_and_update(const Ref& a, F f, time_limit timeout = default_call_timeout);

    /// Runs `f(State&)` some time; does not wait. Without an agent it is dropped.
    template <class Ref, class F>
    static void cast(const Ref& a, F f);

private:
    friend handler_access;
    friend detail::system_access;

    // One message type for each function: what a handler is to other servers.
    template <class F, class R, class S>
    struct question {
        F f;
        using reply = R;
    };
    template <class F>
    struct change {
        F f;
    };

    template <class F, class R, class S>
    R handle_call(question<F, R, S> q) {
        if constexpr (std::is_void_v<R>)
            (void)q.f(static_cast<S>(state_));
        else
            return q.f(static_cast<S>(state_));
    }
    template <class F>
    void handle_cast(change<F> c) {
        (void)c.f(state_);
    }

    template <class F, class S>
    using answer = typename detail::agent_answer<F, S>::type;

    State state_;
};

template <class State>
inline constexpr std::string_view detail::behaviour_of<agent<State>> = "agent";

// --- the same, written out ---

template <class State>
template <class Ref, class F>
auto agent<State>::get(const Ref& a, F f, time_limit timeout) {
    using R = answer<F, const State&>;
    if constexpr (decltype(detail::explain_agent_function<F, const State&>())::value)
        return a.call(question<F, R, const State&>{std::move(f)}, timeout);
    else
        return detail::after_error{};
}

template <class State>
template <class Ref, class F>
auto agent<State>::try_get(const Ref& a, F f, time_limit timeout) {
    using R = answer<F, const State&>;
    if constexpr (decltype(detail::explain_agent_function<F, const State&>())::value)
        return a.try_call(question<F, R, const State&>{std::move(f)}, timeout);
    else
        return detail::after_error{};
}

template <class State>
template <class Ref, class F>
void agent<State>::update(const Ref& a, F f, time_limit timeout) {
    if constexpr (decltype(detail::explain_agent_function<F, State&>())::value)
        a.call(question<F, void, State&>{std::move(f)}, timeout);
}

template <class State>
template <class Ref, class F>
result<void> agent<State>::try_update(const Ref& a, F f, time_limit timeout) {
    if constexpr (decltype(detail::explain_agent_function<F, State&>())::value)
        return a.try_call(question<F, void, State&>{std::move(f)}, timeout);
    else
        return {};
}

template <class State>
template <class Ref, class F>
auto agent<State>::get_and_update(const Ref& a, F f, time_limit timeout) {
    using R = answer<F, State&>;
    if constexpr (decltype(detail::explain_agent_function<F, State&>())::value)
        return a.call(question<F, R, State&>{std::move(f)}, timeout);
    else
        return detail::after_error{};
}

template <class State>
template <class Ref, class F>
auto agent<State>::try_get_and_update(const Ref& a, F f, time_limit timeout) {
    using R = answer<F, State&>;
    if constexpr (decltype(detail::explain_agent_function<F, State&>())::value)
        return a.try_call(question<F, R, State&>{std::move(f)}, timeout);
    else
        return detail::after_error{};
}

template <class State>
template <class Ref, class F>
void agent<State>::cast(const Ref& a, F f) {
    if constexpr (decltype(detail::explain_agent_function<F, State&>())::value)
        a.cast(change<F>{std::move(f)});
}

} // namespace coppice
