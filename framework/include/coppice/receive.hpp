// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/detail/receive.hpp>

namespace coppice {

/// A pattern with a guard: `when([&](const pong& p) { return p.id == id; }, [](pong p) {...})`.
template <class G, class F>
detail::when_clause<G, F> when(G guard, F then) {
    return {std::move(guard), std::move(then)};
}

/// What `receive` does when no message fits until the timeout has passed.
template <class F>
detail::after_clause<F> after(time_limit timeout, F then) {
    return {timeout, std::move(then)};
}

namespace this_process {

/// Waits for the oldest message that fits one of the patterns; the others stay where they are.
///
/// `receive([](ping p) {...}, when(guard, [](pong p) {...}), after(100ms, [] {...}))`: the
/// parameter of each callable is the type it takes; `message` takes any. All return one type, and
/// `receive` returns it.
///
/// Context: in a process; suspends it. In a server it sees what came by pid, not calls and casts.
/// Source: Erlang, `receive`.
template <class... Fs>
decltype(auto) receive(Fs... patterns) {
    return detail::receive_any(patterns...);
}

/// Waits for an M and gives it back.
template <class M>
M receive() {
    return receive([](M m) { return m; });
}

/// Waits for an M; nothing when the timeout has passed.
template <class M>
std::optional<M> receive(time_limit timeout) {
    return receive([](M m) { return std::optional<M>{std::move(m)}; },
                   after(timeout, [] { return std::optional<M>{}; }));
}

} // namespace this_process
} // namespace coppice
