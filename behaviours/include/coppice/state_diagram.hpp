// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/gen_statem.hpp>
#include <string>

namespace coppice {

namespace detail {

template <class S, class M>
void add_edge(std::string& out, std::string_view to) {
    out += "    ";
    out += short_type_name<S>();
    out += " --> ";
    out += to;
    out += ": ";
    out += short_type_name<M>();
    out += '\n';
}
template <class S, class M, class To>
void add_edges(std::string& out, std::type_identity<To>) {
    constexpr bool moves = !std::is_void_v<To> && !std::is_same_v<To, keep_state_t> &&
                           !std::is_same_v<To, repeat_state_t>;
    if constexpr (moves)
        add_edge<S, M>(out, short_type_name<To>());
}
template <class S, class M, class... To>
void add_edges(std::string& out, std::type_identity<next_state<To...>>) {
    (add_edge<S, M>(out, short_type_name<To>()), ...);
}
template <class S, class M, class... To>
void add_edges(std::string& out, std::type_identity<std::variant<To...>>) {
    (add_edge<S, M>(out, short_type_name<To>()), ...);
}

template <event K, class D, class S, class M>
void add_edges_of(std::string& out) {
    using is = state_facts<K, D, S, M>;
    if constexpr (!is::direct())
        add_edges<S, M>(out, std::type_identity<typename is::result>{});
}
template <class D, class S, class M>
void add_edges_for(std::string& out) {
    if constexpr (has_reply<M>)
        add_edges_of<event::call, D, S, M>(out);
    else
        add_edges_of<event::cast, D, S, M>(out);
    add_edges_of<event::info, D, S, M>(out);
    add_edges_of<event::continues, D, S, M>(out);
}

template <class D, class... Ms, class S, class... Ss>
std::string draw_states(std::type_identity<std::variant<S, Ss...>>) {
    std::string out = "stateDiagram-v2\n";
    if constexpr (!handler_access::has_init<D>()) {
        out += "    [*] --> ";
        out += short_type_name<S>();
        out += '\n';
    }
    const auto add = [&out]<class From>(std::type_identity<From>) {
        (add_edges_for<D, From, Ms>(out), ...);
    };
    add(std::type_identity<S>{});
    (add(std::type_identity<Ss>{}), ...);
    return out;
}

} // namespace detail

/// A state machine as a Mermaid state diagram: the edges that these messages, and the events of its
/// timeouts, may take.
///
///     std::cout << state_diagram<door, button, enter, state_timeout>();
///
/// It is made from the types of the handlers alone: a state or `next_state<A, B>` names the edges,
/// a `std::variant` of all states names all of them.
///
/// Shape: text, a line for each edge; the messages of a state stand together, in their order here.
/// Context: any thread; no machine needs to run.
template <class D, class... Ms>
std::string state_diagram() {
    return detail::draw_states<D, Ms...>(detail::states_of<D>{});
}

} // namespace coppice
