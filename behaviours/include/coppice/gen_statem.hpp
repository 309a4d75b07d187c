// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/detail/statem_core.hpp>
#include <coppice/detail/statem_facts.hpp>

namespace coppice {} // namespace coppice

#include <coppice/detail/statem_events.hpp>

/// A state machine: a server whose handlers depend on the state that it is in. OTP's gen_statem.
///
///     class door {
///     public:
///         struct locked { std::string typed; };                // a state, with its own data
///         struct open { using ignore = messages<button>; };
///         using states = std::variant<locked, open>;           // the first is where it starts
///
///         explicit door(std::string code) : code_{std::move(code)} {}
///
///         next_state<open> handle_cast(locked& s, button b) {
///             s.typed += b.digit;
///             if (s.typed == code_) return open{};
///             return keep_state;
///         }
///         std::string handle_call(const locked&, knock) { return "locked"; }
///         std::string handle_call(const open&, knock) { return "come in"; }
///         void handle_enter(open&) { this_state::timeout(10s); }
///         locked handle_info(open&, state_timeout) { return {}; }
///     private:
///         std::string code_;                                   // the same in all states
///     };
///     inline constexpr server_name<gen_statem<door>> the_door{"door"};
///
///     child<gen_statem<door>>(the_door, "42")                  // in a supervisor's list
///     the_door.cast(button{'4'});
///
/// **States** are the types of the variant `states`. What only one state has is a member of it;
/// what all have, OTP's Data, is a member of the class. Change of state means another alternative:
/// other data in the same state is none, and returning the same alternative replaces its data. A
/// state's destructor is its exit action. `states init()`, if there is one, says where the machine
/// starts; it runs when the constructor has.
///
/// **Handlers** are those of a gen_server with the state in front, `S&` or `const S&`. A handler
/// without a state is for all states that have none of their own; `handle_cast(auto& state, M)` is
/// one that each state has. What they return says where it goes:
///
/// | returns | | OTP |
/// |---|---|---|
/// | `void`, `keep_state` | it stays | `keep_state` |
/// | a state | it moves there | `{next_state, S, D}` |
/// | `next_state<A, B>` | one of these, `keep_state` or `repeat_state` | |
/// | `repeat_state` | it stays; `handle_enter` is called again | `repeat_state` |
/// | the reply, `R handle_call(S&, M)` | it stays | `{keep_state, D, {reply, From, R}}` |
///
/// A call that answers and moves takes a `from<R>` and returns as the others do. `void
/// handle_enter(S&)` is called when the machine has moved to S, and at the start, when the start
/// has returned. `terminate(S&, reason)` or `terminate(reason)` runs before an orderly end.
///
/// **Each state says what becomes of each message.** Where some state handles a message, every
/// other one has a handler for it, too, or lists it:
///
///     struct locked {
///         using postpone = messages<enter>;      // kept until the state changes
///         using ignore = messages<lock_now>;     // dropped; no call, whose caller would wait
///         using unexpected = messages<repair>;   // the machine ends: {unexpected_event, repair}
///     };
///
/// The compiler checks it where the message is sent.
///
/// **Order.** When an event is done: the enter call, then what it has inserted by
/// `this_process::continue_with`, then, if the state has changed, what was postponed, oldest first,
/// then timeouts of zero, and then the mailbox. What a handler says of timeouts is carried out when
/// its event is done; the last word on each counts.
///
/// **Stop.** `this_process::stop()` ends the machine when its handler has returned. It does not
/// move: the state in which `stop` was said terminates. Callers that were kept are answered before
/// it by `client.reply(x)`.
///
/// **Under a supervisor, names, errors** are those of gen_server.hpp: the server is
/// `gen_statem<door>`, so is its name's, and `this_process::self(this)` is a reference to that.
///
/// **Timeouts.** See `this_state`. `this_process::idle_timeout` is OTP's event time-out: any event
/// stops it, also a timeout or what was postponed.
///
/// **Tests.** Handlers without verbs are plain functions:
///
///     door d{"1"};
///     door::locked s;
///     assert(d.handle_cast(s, button{'1'}).is<door::open>());
///
/// **When not.** Where all states handle nearly all messages alike, a gen_server with a member for
/// the rest is shorter.
///
/// **Debugging.** Crash reports show the state's name in front of `format_status()`, and the
/// message that was handled, also when it had been postponed. `state_diagram` draws the machine.
///
/// Context: as gen_server.hpp. Behaviours compose by deriving: a machine that is a member of
/// another server's class does not work.
/// Source: OTP, module gen_statem.
namespace coppice {

/// The server that runs a machine of class D: `start<gen_statem<door>>("42")`.
///
/// Shape: constructed from what D is constructed from.
/// Context: made by `start` and `child` alone; handlers run in its process, one at a time.
template <class D>
class gen_statem {
public:
    static constexpr mailbox_limit default_mailbox = detail::mailbox_of<D>();
    static constexpr bool skip_late_requests = detail::skips_late_requests<D>;

    template <class... Args>
    requires std::is_constructible_v<D, Args...>
    explicit gen_statem(Args&&... args) : engine_(std::forward<Args>(args)...) {}

    // For the envelopes of its messages.
    auto& engine() noexcept { return engine_; }
    const auto& engine() const noexcept { return engine_; }

private:
    typename decltype(detail::engine_for<D>())::type engine_;
};

namespace this_process {

/// In a state machine: a typed reference to its server.
template <detail::machine_class D>
server_ref<gen_statem<D>> self(const D*) {
    return server_ref<gen_statem<D>>{self()};
}

/// In a state machine: calls `handle_continue` with `m` before anything else.
///
/// Several come in the order in which they were said; those of a handler come before those that
/// wait already. Source: OTP, `{next_event, internal, M}`.
template <detail::machine_class D, class M>
void continue_with(D*, M m) {
    if constexpr (decltype(detail::explain_states<detail::event::continues, D, M>())::value)
        detail::running_machine("continue_with", detail::type_key<D>)
            .insert(detail::make_envelope<
                    detail::typed_envelope<gen_statem<D>, M, detail::verb::continues>>(
                std::move(m)));
}

} // namespace this_process

/// What a handler of a state machine says of its state.
///
/// `when` is a length of time, a point in time, or `infinity`, which cancels. What is said in a
/// handler that moves holds for the state that it moves to. A timeout of zero comes before the next
/// message.
///
/// Errors: std::logic_error where no machine runs, or the machine is of another class.
/// Context: a handler, `handle_enter` or the constructor of a machine; does not suspend.
namespace this_state {

/// When this time in the state is over: `handle_info(S&, state_timeout)`. A change of state stops
/// it; set again, it starts afresh. Source: OTP, `{state_timeout, Time, Content}`.
void timeout(time_limit when);
/// Source: OTP, `{state_timeout, cancel}`.
void cancel_timeout();

/// When this time is over, whatever the state: `handle_info(S&, M)` or `handle_info(M)`.
///
/// The timeout is known by its type: there is one of each, and set again it starts afresh.
/// Source: OTP, `{{timeout, Name}, Time, Content}`.
template <class D, class M>
void timeout(D*, time_limit when, M content);
/// Other content, the same time. Of a timeout that does not run: one of zero.
/// Source: OTP, `{{timeout, Name}, update, Content}`.
template <class D, class M>
void update_timeout(D*, M content);
/// Source: OTP, `{{timeout, Name}, cancel}`.
template <class M>
void cancel_timeout();

/// Puts the message that the handler was called with aside until the state has changed; a call with
/// its caller. Where that is so for all of a kind, the state's list `postpone` says it better.
///
/// Errors: std::logic_error for another message than that, and for another caller.
/// Source: OTP, `postpone`.
template <class D, class M>
void postpone(D*, M m);
template <class D, class M, class R>
void postpone(D*, M m, from<R> client);

} // namespace this_state

// --- the same, written out ---

namespace detail {
/// Sets or updates a timer that is known by `name`, with an event that reaches handle_info.
template <class D, class M>
void say_timer(const char* verb_name,
               timer_action::kind what,
               const type_identity* name,
               time_limit when,
               M&& m) {
    statem_core& c = running_machine(verb_name, type_key<D>);
    c.say({.what = what,
           .name = name,
           .when = when,
           .event = make_envelope<typed_envelope<gen_statem<D>, M, verb::info>>(std::move(m))});
}
} // namespace detail

template <class D, class M>
void this_state::timeout(D*, time_limit when, M content) {
    if constexpr (decltype(detail::explain_states<detail::event::info, D, M>())::value)
        detail::say_timer<D>("this_state::timeout", detail::timer_action::kind::set,
                             &detail::type_key<M>, when, std::move(content));
}
template <class D, class M>
void this_state::update_timeout(D*, M content) {
    if constexpr (decltype(detail::explain_states<detail::event::info, D, M>())::value)
        detail::say_timer<D>("this_state::update_timeout", detail::timer_action::kind::update,
                             &detail::type_key<M>, time_span{}, std::move(content));
}
template <class M>
void this_state::cancel_timeout() {
    detail::running_machine("this_state::cancel_timeout")
        .say({.what = detail::timer_action::kind::cancel,
              .name = &detail::type_key<M>,
              .when = infinity,
              .event = nullptr});
}

template <class D, class M>
void this_state::postpone(D*, M m) {
    constexpr bool is_no_call = !detail::has_reply<M>;
    static_assert(is_no_call, "coppice: this message is a call: postpone it with its caller, "
                              "this_state::postpone(this, m, std::move(client))");
    if constexpr (is_no_call)
        detail::put_back(detail::running_machine("this_state::postpone", detail::type_key<D>),
                         std::move(m));
}
template <class D, class M, class R>
void this_state::postpone(D*, M m, from<R> client) {
    detail::statem_core& c = detail::running_machine("this_state::postpone", detail::type_key<D>);
    const detail::request* const caller = detail::from_access::request_of(client);
    if (!caller || caller != c.call_in_hand())
        detail::throw_other_caller();
    detail::put_back(c, std::move(m));
    detail::release(detail::from_access::take(client));
}

} // namespace coppice
