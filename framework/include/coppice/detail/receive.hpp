// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/pid.hpp>
#include <optional>
#include <tuple>

// What `receive` needs: patterns as types, their facts and sentences, and the choice at run time.
namespace coppice::detail {

// --- what a pattern is: a callable with one parameter, whose type is what it matches ---
template <class F>
struct parameter_of;
template <class C, class R, class A>
struct parameter_of<R (C::*)(A)> {
    using type = std::remove_cvref_t<A>;
};
template <class C, class R, class A>
struct parameter_of<R (C::*)(A) const> : parameter_of<R (C::*)(A)> {};
template <class C, class R, class A>
struct parameter_of<R (C::*)(A) noexcept> : parameter_of<R (C::*)(A)> {};
template <class C, class R, class A>
struct parameter_of<R (C::*)(A) const noexcept> : parameter_of<R (C::*)(A)> {};

template <class F, class = void>
struct pattern_type {
    using type = void;
};
template <class F>
struct pattern_type<F, std::void_t<typename parameter_of<decltype(&F::operator())>::type>>
    : parameter_of<decltype(&F::operator())> {};
template <class R, class A>
struct pattern_type<R (*)(A), void> {
    using type = std::remove_cvref_t<A>;
};
template <class R, class A>
struct pattern_type<R (*)(A) noexcept, void> : pattern_type<R (*)(A)> {};

template <class G, class F>
struct when_clause {
    G guard;
    F then;
};
template <class F>
struct after_clause {
    time_limit timeout;
    F then;
};
template <class F>
inline constexpr bool is_after = false;
template <class F>
inline constexpr bool is_after<after_clause<F>> = true;

template <class F>
struct pattern {
    using type = typename pattern_type<F>::type; // void: not a pattern
    static bool accepts(F&, envelope* n) {
        return std::is_same_v<type, message> || is_key_of<type>(n->ops->key);
    }
    static decltype(auto) run(F& f, message m) {
        if constexpr (std::is_same_v<type, message>)
            return f(std::move(m));
        else {
            type* value = m.template get_if<type>();
            if (!value)
                __builtin_unreachable(); // `accepts` has looked
            return f(std::move(*value));
        }
    }
};
template <class G, class F>
struct pattern<when_clause<G, F>> {
    using type = typename pattern<F>::type;
    static bool accepts(when_clause<G, F>& g, envelope* n) {
        return is_key_of<type>(n->ops->key) &&
               g.guard(std::as_const(*static_cast<type*>(n->ops->payload(n))));
    }
    static decltype(auto) run(when_clause<G, F>& g, message m) {
        return pattern<F>::run(g.then, std::move(m));
    }
};
template <class F>
struct pattern<after_clause<F>> {
    using type = coppice::timeout;
    static bool accepts(after_clause<F>&, envelope*) { return false; }
    static decltype(auto) run(after_clause<F>& a, message) { return a.then(); }
};

template <class F, class = typename pattern<F>::type>
struct answer_of {
    using type = decltype(std::declval<F&>()(std::declval<typename pattern<F>::type>()));
};
template <class F>
struct answer_of<F, void> {
    using type = after_error;
};
template <class G, class F>
struct answer_of<when_clause<G, F>, typename pattern<F>::type> : answer_of<F> {};
template <class F>
struct answer_of<after_clause<F>, coppice::timeout> {
    using type = decltype(std::declval<F&>()());
};

template <class... Fs>
struct receive_check {
    using R = typename answer_of<std::tuple_element_t<0, std::tuple<Fs...>>>::type;
    static constexpr bool patterns = (!std::is_void_v<typename pattern<Fs>::type> && ...);
    static constexpr bool same = (std::is_same_v<R, typename answer_of<Fs>::type> && ...);
    static constexpr bool ok = patterns && same;
};
template <class... Fs>
constexpr auto explain_receive() {
    using is = receive_check<Fs...>;
    constexpr bool patterns = is::patterns, same = is::same || !patterns;
    static_assert(patterns, "coppice: a receive pattern is a callable with exactly one parameter "
                            "of a plain type (no auto, no overloads)");
    static_assert(same, "coppice: all patterns of one receive must return the same type");
    return is{};
}

/// Takes the oldest message that `accepts` agrees to out of the mailbox; null when the timeout has
/// passed.
envelope* receive_envelope(bool (*accepts)(void*, envelope*), void* context, time_limit timeout);

/// See this_process::receive.
template <class... Fs>
decltype(auto) receive_any(Fs&... patterns) {
    if constexpr (decltype(explain_receive<Fs...>())::ok) {
        using R = typename receive_check<Fs...>::R;
        struct context {
            std::tuple<Fs&...> patterns;
            int chosen = -1;
        } c{{patterns...}};
        time_limit timeout = infinity;
        (..., [&] {
            if constexpr (is_after<Fs>)
                timeout = patterns.timeout;
        }());
        envelope* n = receive_envelope(
            [](void* p, envelope* candidate) {
                auto& in = *static_cast<context*>(p);
                int tried = -1;
                return std::apply(
                    [&](auto&... f) {
                        return ((++tried, pattern<std::remove_reference_t<decltype(f)>>::accepts(
                                              f, candidate) &&
                                              (in.chosen = tried, true)) ||
                                ...);
                    },
                    in.patterns);
            },
            &c, timeout);
        message m = message_access::make(n);
        int i = -1;
        if constexpr (std::is_void_v<R>) {
            (..., [&](auto& f) {
                using F = std::remove_reference_t<decltype(f)>;
                if (++i; n ? i == c.chosen : is_after<F>)
                    pattern<F>::run(f, std::move(m));
            }(patterns));
        } else if constexpr (std::is_reference_v<R>) {
            std::remove_reference_t<R>* out = nullptr;
            (..., [&](auto& f) {
                using F = std::remove_reference_t<decltype(f)>;
                if (++i; n ? i == c.chosen : is_after<F>) {
                    auto&& result = pattern<F>::run(f, std::move(m));
                    out = std::addressof(result);
                }
            }(patterns));
            return static_cast<R>(*out);
        } else {
            std::optional<R> out;
            (..., [&](auto& f) {
                using F = std::remove_reference_t<decltype(f)>;
                if (++i; n ? i == c.chosen : is_after<F>)
                    out.emplace(pattern<F>::run(f, std::move(m)));
            }(patterns));
            return R(std::move(*out));
        }
    } else
        return after_error{};
}

} // namespace coppice::detail
