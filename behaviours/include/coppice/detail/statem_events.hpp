// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/detail/start_server.hpp>
#include <coppice/detail/statem_core.hpp>
#include <coppice/detail/statem_facts.hpp>
#include <coppice/gen_server.hpp>
#include <coppice/state_timeout.hpp>

// The engine of a state machine: how the envelopes of its messages reach its handlers. A message
// that is postponed stays in its envelope.
namespace coppice::detail {

constexpr event kind_of(verb how) noexcept {
    switch (how) {
    case verb::cast:
        return event::cast;
    case verb::info:
        return event::info;
    case verb::continues:
        break;
    }
    return event::continues;
}

/// The event of a message that no handler takes: the machine ends, as OTP's does where no clause
/// fits.
[[noreturn]] void end_with_unexpected(std::string_view message);

/// The server object. Context: its process.
template <class D>
class statem_engine : public statem_core {
public:
    using states = typename D::states;

    template <class... Args>
    explicit statem_engine(Args&&... args)
        : statem_core{class_facts}, data_(std::forward<Args>(args)...), state_{first_state()} {
        if constexpr (enters_somewhere<D>(states_of<D>{}))
            post_continue(make_envelope<first_enter>());
        else
            event_done(); // what the constructor has asked for
    }

    /// A cast, an info, a continue, the event of a timer. `n` is an envelope with a message `m`.
    template <event K, class N>
    void take(N* n) {
        envelope_guard<N> owner{n};
        using M = decltype(N::m);
        event_in_hand e{*this, &type_key<M>, &n->m};
        handle<K>(n->m, e);
        if (e.is_postponed)
            postpone_event(std::exchange(owner.n, nullptr));
        done(e);
    }

    template <class N>
    void take_call(N* n) {
        using M = decltype(N::m);
        event_in_hand e{*this, &type_key<M>, &n->m};
        in_state([&](auto& s) { call_in(s, *n, e); });
        if (e.is_postponed) {
            if (e.call)
                postpone_deferred(n);
            else
                postpone_event(n);
        }
        done(e);
    }

    /// What came by pid. False: no handler.
    bool take_untyped(message&& m) {
        return take_if<down>(m) || take_if<exit_signal>(m) || take_if<timeout>(m) ||
               take_any(std::move(m));
    }

    void terminate(const exit_reason& why) {
        in_state([&](auto& s) {
            using S = std::remove_reference_t<decltype(s)>;
            if constexpr (handler_access::has_state_terminate<D, S>())
                handler_access::state_terminate(data_, s, why);
            else if constexpr (handler_access::has_terminate<D>())
                handler_access::terminate(data_, why);
        });
    }
    // For sys.
    states& state() noexcept { return state_; }
    D& data() noexcept { return data_; }

    std::string format_status() const {
        std::string text{name_of_state(state_.index(), states_of<D>{})};
        if constexpr (handler_access::has_format_status<D>())
            text += ", " + handler_access::format_status(data_);
        return text;
    }

private:
    /// The enter call at the start: the start has returned by then, as in OTP.
    struct first_enter final : envelope {
        first_enter() noexcept : envelope{operations} {}
        static void handle(envelope* n, void* server) {
            drop(n);
            static_cast<gen_statem<D>*>(server)->engine().enter_first();
        }
        static void drop(envelope* n) noexcept { dispose(static_cast<first_enter*>(n)); }
        static constexpr envelope_ops operations{.what = envelope_ops::kind::typed,
                                                 .key = nullptr,
                                                 .name = "enter",
                                                 .handle = &handle,
                                                 .drop = &drop,
                                                 .payload = nullptr};
    };

    static envelope* make_state_timeout() {
        return make_envelope<typed_envelope<gen_statem<D>, state_timeout, verb::info>>(
            state_timeout{});
    }
    static constexpr machine_facts class_facts{.type = &type_key<D>,
                                               .make_state_timeout = &make_state_timeout};

    states first_state() {
        if constexpr (handler_access::has_init<D>())
            return handler_access::init(data_);
        else
            return {};
    }
    template <class... Ss>
    static std::string_view name_of_state(std::size_t i, std::type_identity<std::variant<Ss...>>) {
        constexpr std::string_view names[] = {short_type_name<Ss>()...};
        return names[i];
    }

    void enter_first() {
        event_in_hand e{*this, nullptr, nullptr};
        enter();
        done(e);
    }
    void done(event_in_hand& e) {
        e.is_done = true;
        event_done();
    }

    // A chain of comparisons: it costs a compiler less than std::visit does, and the program no
    // more.
    template <class F, std::size_t... I>
    static void call_with(states& v, F& f, std::index_sequence<I...>) {
        (void)((v.index() == I && (f(*std::get_if<I>(&v)), true)) || ...);
    }
    template <class F>
    void in_state(F&& f) {
        call_with(state_, f, std::make_index_sequence<std::variant_size_v<states>>{});
    }

    template <event K, class M>
    void handle(M& m, event_in_hand& e) {
        in_state([&](auto& s) { handle_in<K>(s, m, e); });
    }
    template <event K, class S, class M>
    void handle_in(S& s, M& m, event_in_hand& e) {
        using is = state_facts<K, D, S, M>;
        if constexpr (is::what == disposition::postpone)
            e.is_postponed = true;
        else if constexpr (!is::runs && is::what != disposition::ignore)
            end_with_unexpected(type_name<M>());
        else if constexpr (is::runs) {
            if constexpr (std::is_void_v<typename is::result>)
                invoke<K, is::what>(data_, s, m);
            else
                move(invoke<K, is::what>(data_, s, m));
        }
    }
    template <class S, class N>
    void call_in(S& s, N& n, event_in_hand& e) {
        using M = decltype(N::m);
        using R = reply_t<M>;
        using is = state_facts<event::call, D, S, M>;
        if constexpr (is::what == disposition::postpone)
            e.is_postponed = true;
        else if constexpr (!is::runs) {
            begin_request(&n); // the exit answers it
            end_with_unexpected(type_name<M>());
        } else if constexpr (is::direct()) {
            begin_request(&n);
            if constexpr (std::is_void_v<R>) {
                invoke<event::call, is::what>(data_, s, n.m);
                n.store({});
            } else
                n.store(as_reply<R>(invoke<event::call, is::what>(data_, s, n.m)));
            complete_request(&n);
        } else {
            defer_request(&n);
            e.call = &n;
            auto client = from_access::make<R>(&n);
            if constexpr (std::is_void_v<typename is::result>)
                invoke<event::call, is::what>(data_, s, n.m, std::move(client));
            else
                move(invoke<event::call, is::what>(data_, s, n.m, std::move(client)));
        }
    }

    // --- untyped messages ---

    template <class M>
    bool take_if(message& m) {
        if constexpr (is_handled<event::info, D, M>()) {
            if constexpr (!std::is_same_v<M, timeout>)
                if constexpr (!decltype(explain_states<event::info, D, M>())::value)
                    return false;
            if (M* const value = m.get_if<M>()) {
                message owner{std::move(m)};
                event_in_hand e{*this, &type_key<M>, value};
                handle<event::info>(*value, e);
                if (e.is_postponed)
                    postpone_event(message_access::release(owner));
                done(e);
                return true;
            }
        }
        return false;
    }
    bool take_any(message&& m) {
        if constexpr (is_handled<event::info, D, message>()) {
            if constexpr (decltype(explain_states<event::info, D, message>())::value) {
                message owner{std::move(m)};
                event_in_hand e{*this, &type_key<message>, &owner};
                handle<event::info>(owner, e);
                if (e.is_postponed)
                    postpone_event(message_access::release(owner));
                done(e);
            }
            return true;
        } else
            return false;
    }

    // --- changes of state ---

    void enter() {
        in_state([&](auto& s) {
            using S = std::remove_reference_t<decltype(s)>;
            if constexpr (handler_access::has_enter<D, S>())
                handler_access::enter(data_, s);
        });
    }
    void move(keep_state_t) {}
    void move(repeat_state_t) {
        if (!has_said_stop())
            enter();
    }
    void move(states&& to) { move_to_one_of(to); }
    template <class... Ss>
    void move(next_state<Ss...>&& n) {
        if (n.repeats())
            move(repeat_state);
        else
            move_to_one_of(next_state_access::to(n));
    }
    template <class S>
    requires is_state_of<S, states>
    void move(S&& to) { move_to(std::move(to)); }

    template <class... Ss>
    void move_to_one_of(std::variant<Ss...>& to) {
        (void)((std::holds_alternative<Ss>(to) &&
                (move_to(std::move(*std::get_if<Ss>(&to))), true)) ||
               ...);
    }
    void move_to(std::monostate&&) {}
    // With `stop` said there is no change: the state that the machine is in terminates.
    template <class S>
    void move_to(S&& to) {
        if (std::holds_alternative<S>(state_)) {
            state_.template emplace<S>(std::move(to)); // other data is no other state
            return;
        }
        if (has_said_stop())
            return;
        state_.template emplace<S>(std::move(to));
        note_change();
        enter();
    }

    D data_;
    states state_;
};

// --- the envelopes of a machine's messages ---

template <class D, class M, verb How>
struct typed_envelope<gen_statem<D>, M, How> final : envelope {
    M m;

    explicit typed_envelope(M&& x) noexcept : envelope{operations}, m(std::move(x)) {}

    static void handle(envelope* n, void* server) {
        constexpr event what = kind_of(How);
        // The event of a state's own timeout comes in that state alone.
        if constexpr (is_sound_machine<D>) {
            if constexpr (std::is_same_v<M, state_timeout>)
                static_cast<gen_statem<D>*>(server)->engine().template take<what>(
                    static_cast<typed_envelope*>(n));
            else if constexpr (decltype(explain_states<what, D, M>())::value)
                static_cast<gen_statem<D>*>(server)->engine().template take<what>(
                    static_cast<typed_envelope*>(n));
        }
    }
    static void drop(envelope* n) noexcept { dispose(static_cast<typed_envelope*>(n)); }
    static constexpr envelope_ops operations{.what = envelope_ops::kind::typed,
                                             .key = nullptr,
                                             .name = type_name<M>(),
                                             .handle = &handle,
                                             .drop = &drop,
                                             .payload = nullptr};
};

template <class D, class M>
struct call_envelope<gen_statem<D>, M> final : reply_slot<reply_t<M>> {
    M m;

    explicit call_envelope(M&& x) noexcept : reply_slot<reply_t<M>>{operations}, m(std::move(x)) {
        this->destroy = [](request* r) noexcept { dispose(static_cast<call_envelope*>(r)); };
    }

    static void handle(envelope* n, void* server) {
        if constexpr (is_sound_machine<D>)
            if constexpr (decltype(explain_states<event::call, D, M>())::value)
                static_cast<gen_statem<D>*>(server)->engine().take_call(
                    static_cast<call_envelope*>(n));
    }
    static constexpr envelope_ops operations{.what = envelope_ops::kind::typed,
                                             .key = nullptr,
                                             .name = type_name<M>(),
                                             .handle = &handle,
                                             .drop = nullptr,
                                             .payload = nullptr,
                                             .is_request = true};
};

template <class D>
constexpr server_type machine_type() {
    using S = gen_statem<D>;
    server_type t{.name = type_name<S>(),
                  .size = sizeof(S),
                  .align = alignof(S),
                  .destroy = [](void* s) noexcept { static_cast<S*>(s)->~S(); },
                  .terminate = nullptr,
                  .on_message = nullptr,
                  .format_status = nullptr,
                  .keep_state = keeps_state<D>,
                  .keeps_normal_priority = has_fixed_priority<D>,
                  .skips_late_requests = skips_late_requests<D>};
    t.behaviour = "gen_statem";
    if constexpr (is_sound_machine<D>) {
        if constexpr (terminates_somewhere<D>(states_of<D>{}))
            t.terminate = [](void* s, const exit_reason& why) {
                static_cast<S*>(s)->engine().terminate(why);
            };
        t.on_message = [](void* s, message&& m) {
            return static_cast<S*>(s)->engine().take_untyped(std::move(m));
        };
        t.format_status = [](const void* s) {
            return static_cast<const S*>(s)->engine().format_status();
        };
        t.engine = [](void* s) -> void* {
            return static_cast<statem_core*>(&static_cast<S*>(s)->engine());
        };
    }
    return t;
}
template <class D>
inline constexpr server_type server_type_of<gen_statem<D>> = machine_type<D>();

/// In place of the engine of a class that is no machine, which has had its sentence.
struct no_engine {
    template <class... Args>
    explicit no_engine(Args&&...) {}
};
template <class D>
constexpr auto engine_for() {
    if constexpr (is_sound_machine<D>)
        return std::type_identity<statem_engine<D>>{};
    else
        return std::type_identity<no_engine>{};
}

} // namespace coppice::detail
