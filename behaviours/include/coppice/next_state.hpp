// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <type_traits>
#include <utility>
#include <variant>

namespace coppice {

struct keep_state_t {};
struct repeat_state_t {};
/// The state stays: no enter call, no retry of what was postponed, its timeout runs on.
inline constexpr keep_state_t keep_state{};
/// The same, but `handle_enter` is called again.
inline constexpr repeat_state_t repeat_state{};

namespace detail {
template <class S, class... Ss>
constexpr auto explain_edge() {
    constexpr bool known = (std::is_same_v<S, Ss> || ...);
    static_assert(known,
                  "coppice: this handler returns a state that its next_state<...> does not list");
    return std::bool_constant<known>{};
}
struct next_state_access;
} // namespace detail

/// What a handler of a state machine returns that may move, or may not: to one of these states.
///
/// The signature names the edges of the diagram: `next_state<open, jammed> handle_cast(locked&,
/// button)`. It is made from one of these states, from `keep_state` or from `repeat_state`.
///
/// Shape: a value. `keeps`, `repeats` and `is` are for tests, which call the handler as a function.
/// Context: a value; any thread.
/// Source: OTP, gen_statem: `next_state`, `keep_state`, `repeat_state`.
template <class... Ss>
class [[nodiscard]] next_state {
public:
    next_state(keep_state_t) noexcept {}
    next_state(repeat_state_t) noexcept : repeats_{true} {}
    template <class S>
    next_state(S to) noexcept {
        if constexpr (decltype(detail::explain_edge<S, Ss...>())::value)
            to_.template emplace<S>(std::move(to));
    }

    bool keeps() const noexcept { return to_.index() == 0 && !repeats_; }
    bool repeats() const noexcept { return repeats_; }
    template <class S>
    bool is() const noexcept {
        return std::holds_alternative<S>(to_);
    }

private:
    friend detail::next_state_access;
    std::variant<std::monostate, Ss...> to_;
    bool repeats_ = false;
};

namespace detail {
/// Where it leads.
struct next_state_access {
    template <class... Ss>
    static std::variant<std::monostate, Ss...>& to(next_state<Ss...>& n) noexcept {
        return n.to_;
    }
};
} // namespace detail

} // namespace coppice
