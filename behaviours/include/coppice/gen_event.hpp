// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/detail/event_handlers.hpp>
#include <coppice/gen_server.hpp>

/// Events for any number of handlers that come and go: one manager, typed events. OTP's gen_event.
///
/// The events are the manager's parameters, and a handler is a class with an overload for at least
/// one of them; nothing is inherited. What no overload takes passes the handler by.
///
///     struct placed { int order; };
///     struct shipped { int order; };
///     struct count { using reply = int; };
///
///     using order_events = gen_event<placed, shipped>;
///     inline constexpr server_name<order_events> the_orders{"orders"};
///
///     class console {
///     public:
///         explicit console(std::string terminal);
///         void handle_event(const placed& p);
///         int handle_call(count) const;
///     };
///
///     order_events::add_handler<console>(the_orders, "tty1");
///     order_events::notify(the_orders, placed{1});
///     int n = order_events::call<console>(the_orders, count{});
///
/// **Handlers.** They run in the manager's process, one after the other, the newest first; that
/// process constructs and destroys them, so their state needs no lock.
///
/// | member | for | OTP |
/// |---|---|---|
/// | constructor | `add_handler`, `swap_handler`; it refuses by what it throws | `init/1` |
/// | `void handle_event(const E&)` | an event | `handle_event/2` |
/// | `R handle_call(M)` | a call of this handler alone | `handle_call/2` |
/// | `void handle_info(message&)` | what came by pid; also `const exit_signal&`, `const down&` | `handle_info/2` |
/// | `R terminate(const exit_reason&)` | before it goes; `delete_handler` returns the R, or nothing | `terminate/2` |
///
/// What OTP returns in tuples is said by functions: `this_handler::remove()` and
/// `this_handler::swap`. `this_process::stop()` would end the manager. Private members need
/// `friend coppice::handler_access;`.
///
/// **Ids.** `handler_id` tells two handlers of one class apart. Two of one class and one id may be
/// there as well: both get events, and the other verbs find the newer one.
///
/// **Errors.** A handler that throws, or says `this_process::exit`, is removed alone, and an
/// `event_handler_failed` is reported; the manager and the other handlers go on. The caller of
/// `call` gets `exited` with the reason. A constructor that throws adds nothing.
///
/// **When a handler goes**, it is told why, and so is the process that supervises it:
///
/// | why | `terminate` gets | `handler_exit::reason` |
/// |---|---|---|
/// | `delete_handler` | its argument; `normal` | `normal` |
/// | `this_handler::remove` | `remove_handler` | `normal` |
/// | it failed with R | `{error, R}` | R |
/// | another took its place | `swap_options::reason`; `swapped` | `{swapped, class}` |
/// | its supervisor ended with R | `{stop, R}` | |
/// | the manager ends | `stop` | `shutdown` |
///
/// **Under a supervisor.** The manager is a child as any server: `child<order_events>(the_orders)`.
/// It begins without handlers each time. A handler that is to come back is a child as well, of
/// class `event_handler`, behind the manager in the list:
///
///     child<event_handler<order_events, console>>("console", the_orders, "tty1")
///
/// **Timeouts.** `call` waits five seconds where nothing is said. The other verbs that wait have no
/// time limit of their own, as in OTP: a slow handler holds them up.
///
/// **When not.** All handlers share one process and its time: a slow one delays all others, and one
/// that computes for long stops them. Where each receiver should have a process of its own, let
/// servers take the events as casts.
///
/// **Debugging.** `which_handlers` lists them; `process_info` shows the event that is being
/// handled; reports name the handler, the event and the exception.
///
/// Context of all verbs: any process, and any thread; those that wait suspend or block the caller.
/// Each has two forms: the plain one throws `call_error`, `try_` returns a `result`.
/// Source: OTP, module gen_event.
namespace coppice::log {
class description;
}

namespace coppice {

/// Tells handlers of one class apart. OTP: `{Module, Id}`.
struct handler_id {
    std::string text;
};

/// One handler of a manager.
struct handler_info {
    std::string type; ///< its class
    std::string id = {};
    pid adder = {}; ///< who supervises it; null: no process does
};

/// To the process that supervises a handler: it is gone.
///
/// Sent by pid: a server gets it in `handle_info(message)`. Source: OTP, `gen_event_EXIT`.
struct handler_exit {
    std::string type; ///< its class
    std::string id = {};
    exit_reason reason = {};
    handler_info successor =
        {}; ///< with `{swapped, class}`; its `adder` gets the next `handler_exit`
    pid manager = {};
};

/// A handler was removed because it failed; its manager goes on. Severity: error.
struct event_handler_failed {
    pid manager = {};
    std::string name = {};     ///< the manager's registered name; may be empty
    std::string type = {};     ///< the manager's class
    std::string handler = {};  ///< the handler's class
    std::string id = {};       ///< its id; may be empty
    exit_reason reason = {};   ///< `reason.crash()`: exception, its text, where it was thrown
    std::string handling = {}; ///< type of the event, call or message; `constructor`, `terminate`
};
void describe(const event_handler_failed&, log::description&);

/// How a handler takes the place of another, where the defaults do not fit.
struct swap_options {
    handler_id id = {};                          ///< of the old one
    handler_id new_id = {};                      ///< of the new one
    exit_reason reason = exit_reason{"swapped"}; ///< what the old one's `terminate` gets
};

namespace detail {
template <class... Args>
inline constexpr bool begins_with_id_or_swap = false;
template <class First, class... Args>
inline constexpr bool begins_with_id_or_swap<First, Args...> =
    std::is_same_v<First, handler_id> || std::is_same_v<First, swap_options>;
template <class... Args>
concept handler_arguments = !begins_with_id_or_swap<std::remove_cvref_t<Args>...>;
} // namespace detail

/// A manager of event handlers, and its verbs; `manager` is a name of it or a reference to it.
///
/// Context: the verbs run in any process and on any thread; `notify` suspends as a cast does, the
/// others wait for the manager.
template <class... Es>
class gen_event {
public:
    // --- events ---

    /// Tells all handlers, and does not wait. Without a manager the event is dropped, as in OTP.
    template <class Ref, class A>
    static void notify(const Ref& manager, A&& event);
    /// Errors: `noproc`, `mailbox_full`, `timeout`: why the event did not arrive.
    template <class Ref, class A>
    static result<void> try_notify(const Ref& manager,
                                   A&& event,
                                   time_limit timeout = default_call_timeout);

    /// Tells all handlers, and returns when all have handled it.
    ///
    /// Errors: those of a call.
    template <class Ref, class A>
    static void sync_notify(const Ref& manager, A&& event, time_limit timeout = infinity) {
        try_sync_notify(manager, std::forward<A>(event), timeout).value();
    }
    template <class Ref, class A>
    static result<void> try_sync_notify(const Ref& manager,
                                        A&& event,
                                        time_limit timeout = infinity);

    // --- handlers ---

    /// Adds a handler, which is constructed in the manager and is the newest then.
    ///
    /// Errors: `start_failed` with the reason that the constructor ended with, `ignored`, and those
    /// of a call.
    template <class H, class Ref, class... Args>
    requires detail::handler_arguments<Args...>
    static void add_handler(const Ref& manager, Args&&... args) {
        add<H>(manager, {}, {}, std::forward<Args>(args)...).value();
    }
    template <class H, class Ref, class... Args>
    static void add_handler(const Ref& manager, handler_id id, Args&&... args) {
        add<H>(manager, std::move(id), {}, std::forward<Args>(args)...).value();
    }
    template <class H, class Ref, class... Args>
    requires detail::handler_arguments<Args...>
    static result<void> try_add_handler(const Ref& manager, Args&&... args) {
        return add<H>(manager, {}, {}, std::forward<Args>(args)...);
    }
    template <class H, class Ref, class... Args>
    static result<void> try_add_handler(const Ref& manager, handler_id id, Args&&... args) {
        return add<H>(manager, std::move(id), {}, std::forward<Args>(args)...);
    }

    /// The same, supervised by the caller: it gets a `handler_exit` when the handler goes, and when
    /// the caller ends, the handler goes. Manager and caller are linked.
    ///
    /// Errors: std::logic_error outside a process.
    template <class H, class Ref, class... Args>
    requires detail::handler_arguments<Args...>
    static void add_sup_handler(const Ref& manager, Args&&... args) {
        try_add_sup_handler<H>(manager, std::forward<Args>(args)...).value();
    }
    template <class H, class Ref, class... Args>
    static void add_sup_handler(const Ref& manager, handler_id id, Args&&... args) {
        try_add_sup_handler<H>(manager, std::move(id), std::forward<Args>(args)...).value();
    }
    template <class H, class Ref, class... Args>
    requires detail::handler_arguments<Args...>
    static result<void> try_add_sup_handler(const Ref& manager, Args&&... args) {
        return add<H>(manager, {}, detail::adder_of_handler(), std::forward<Args>(args)...);
    }
    template <class H, class Ref, class... Args>
    static result<void> try_add_sup_handler(const Ref& manager, handler_id id, Args&&... args) {
        return add<H>(manager, std::move(id), detail::adder_of_handler(),
                      std::forward<Args>(args)...);
    }

    /// Takes a handler away. Returns what its `terminate(why)` returns.
    ///
    /// Errors: `not_found`; `exited` with the reason when `terminate` failed, and then the handler
    /// is gone as well; those of a call.
    template <class H, class Ref>
    static auto delete_handler(const Ref& manager,
                               handler_id id = {},
                               const exit_reason& why = exit_reason::normal)
        -> detail::terminate_result_t<H> {
        return try_delete_handler<H>(manager, std::move(id), why).value();
    }
    template <class H, class Ref>
    static auto try_delete_handler(const Ref& manager,
                                   handler_id id = {},
                                   const exit_reason& why = exit_reason::normal)
        -> result<detail::terminate_result_t<H>>;

    /// New takes over from Old: Old's `terminate` runs, then the new handler is constructed, as
    /// `New(args..., Old&&)` where there is such a constructor, else as `New(args...)`. It is the
    /// newest then, and supervised by whichever process supervised the old one.
    ///
    /// Without an Old, New(args...) is added all the same, as in OTP.
    /// Errors: `start_failed` with the reason, and then both are gone; `not_found` when there is no
    /// Old and New cannot be constructed without; those of a call.
    template <class Old, class New, class Ref, class... Args>
    requires detail::handler_arguments<Args...>
    static void swap_handler(const Ref& manager, Args&&... args) {
        swap<Old, New>(manager, {}, {}, std::forward<Args>(args)...).value();
    }
    template <class Old, class New, class Ref, class... Args>
    static void swap_handler(const Ref& manager, swap_options how, Args&&... args) {
        swap<Old, New>(manager, std::move(how), {}, std::forward<Args>(args)...).value();
    }
    template <class Old, class New, class Ref, class... Args>
    requires detail::handler_arguments<Args...>
    static result<void> try_swap_handler(const Ref& manager, Args&&... args) {
        return swap<Old, New>(manager, {}, {}, std::forward<Args>(args)...);
    }
    template <class Old, class New, class Ref, class... Args>
    static result<void> try_swap_handler(const Ref& manager, swap_options how, Args&&... args) {
        return swap<Old, New>(manager, std::move(how), {}, std::forward<Args>(args)...);
    }

    /// The same, and the new handler is supervised by the caller.
    ///
    /// Errors: std::logic_error outside a process.
    template <class Old, class New, class Ref, class... Args>
    requires detail::handler_arguments<Args...>
    static void swap_sup_handler(const Ref& manager, Args&&... args) {
        try_swap_sup_handler<Old, New>(manager, std::forward<Args>(args)...).value();
    }
    template <class Old, class New, class Ref, class... Args>
    static void swap_sup_handler(const Ref& manager, swap_options how, Args&&... args) {
        try_swap_sup_handler<Old, New>(manager, std::move(how), std::forward<Args>(args)...)
            .value();
    }
    template <class Old, class New, class Ref, class... Args>
    requires detail::handler_arguments<Args...>
    static result<void> try_swap_sup_handler(const Ref& manager, Args&&... args) {
        return swap<Old, New>(manager, {}, detail::adder_of_handler(), std::forward<Args>(args)...);
    }
    template <class Old, class New, class Ref, class... Args>
    static result<void> try_swap_sup_handler(const Ref& manager, swap_options how, Args&&... args) {
        return swap<Old, New>(manager, std::move(how), detail::adder_of_handler(),
                              std::forward<Args>(args)...);
    }

    /// The handlers, the newest first.
    template <class Ref>
    static std::vector<handler_info> which_handlers(const Ref& manager) {
        return try_which_handlers(manager).value();
    }
    template <class Ref>
    static result<std::vector<handler_info>> try_which_handlers(const Ref& manager);

    // --- calls ---

    /// Asks one handler, and returns its reply.
    ///
    /// Errors: `not_found`; `exited` with the reason when the handler failed, and then it is
    /// removed; those of a call.
    template <class H, class Ref, class A, class M = std::remove_cvref_t<A>>
    static auto call(const Ref& manager,
                     A&& message,
                     handler_id id = {},
                     time_limit timeout = default_call_timeout) -> detail::answer_t<M> {
        return try_call<H>(manager, std::forward<A>(message), std::move(id), timeout).value();
    }
    template <class H, class Ref, class A, class M = std::remove_cvref_t<A>>
    static auto call(const Ref& manager, A&& message, time_limit timeout) -> detail::answer_t<M> {
        return try_call<H>(manager, std::forward<A>(message), {}, timeout).value();
    }
    template <class H, class Ref, class A, class M = std::remove_cvref_t<A>>
    static auto try_call(const Ref& manager,
                         A&& message,
                         handler_id id = {},
                         time_limit timeout = default_call_timeout) -> result<detail::answer_t<M>>;
    template <class H, class Ref, class A, class M = std::remove_cvref_t<A>>
    static auto try_call(const Ref& manager, A&& message, time_limit timeout)
        -> result<detail::answer_t<M>> {
        return try_call<H>(manager, std::forward<A>(message), {}, timeout);
    }

    gen_event() { this_process::trap_exit(true); }

private:
    friend handler_access;
    friend detail::system_access;

    template <class H, class Ref, class... Args>
    static result<void> add(const Ref& manager, handler_id id, pid adder, Args&&... args);
    template <class Old, class New, class Ref, class... Args>
    static result<void> swap(const Ref& manager, swap_options how, pid adder, Args&&... args);

    // --- in the manager's process ---

    template <class E>
    requires detail::one_of<E, Es...>
    void handle_cast(E&& e) {
        engine_.tell(detail::index_of<E, Es...>(), &e, detail::type_name<E>());
    }
    template <class E>
    void handle_call(detail::sync_event<E> s) {
        engine_.tell(detail::index_of<E, Es...>(), &s.event, detail::type_name<E>());
    }
    template <class Maker>
    result<void> handle_call(detail::add_handler_request<Maker> r) {
        return done(engine_.add(r.maker, std::move(r.id), r.adder));
    }
    template <class H>
    auto handle_call(detail::delete_handler_request<H> r) -> result<detail::terminate_result_t<H>>;
    template <class Old, class Maker>
    result<void> handle_call(detail::swap_handler_request<Old, Maker> r) {
        return done(engine_.swap(detail::name_of_handler<Old>(std::move(r.id)), r.why, r.maker,
                                 std::move(r.new_id), r.adder));
    }
    template <class H, class M>
    auto handle_call(detail::ask_handler_request<H, M> r) -> result<detail::reply_t<M>>;
    std::vector<handler_info> handle_call(detail::which_handlers_request) {
        return engine_.handlers();
    }
    void handle_info(message m) { engine_.inform(m); }
    void terminate(const exit_reason&) { engine_.stop(); }
    std::string format_status() const { return engine_.text(); }

    static result<void> done(std::optional<failure> why) {
        if (why)
            return detail::failed<void>(std::move(*why));
        return {};
    }

    detail::event_manager engine_{detail::type_key<gen_event>};
};

template <class... Es>
inline constexpr std::string_view detail::behaviour_of<gen_event<Es...>> = "gen_event";

/// What a handler says of itself.
///
/// Errors of all: std::logic_error unless an event handler runs in the calling process.
namespace this_handler {

/// Takes the running handler away when it has returned; a call is answered. Source: OTP,
/// `remove_handler`.
inline void remove() { detail::remove_this_handler(); }

/// The same, and New takes its place in the list, made as by `swap_handler`; a New that fails is
/// reported, and `handler_exit` says `crash`. `Manager` is the gen_event whose handler this is.
///
/// `this_handler::swap<order_events, file>(this, "orders.log");`
/// Source: OTP, `{swap_handler, Args1, State, Handler2, Args2}`.
template <class Manager, class New, class Old, class... Args>
requires detail::handler_arguments<Args...>
void swap(Old*, Args&&... args);
template <class Manager, class New, class Old, class... Args>
void swap(Old*, swap_options how, Args&&... args);

} // namespace this_handler

/// A child that keeps one handler in a manager: it adds the handler, supervises it, and ends when
/// the handler is gone, so that its supervisor starts both anew.
///
/// It ends with the reason that the handler failed with, and with `normal` when the handler was
/// deleted, removed itself, or was handed to another supervisor: with `transient` it stays away
/// then. A handler that has come back is the newest.
///
/// Shape: `child<event_handler<order_events, console>>("console", the_orders, "tty1")`; a
/// `handler_id` may stand before the handler's arguments.
/// Errors: of its constructor, as `add_sup_handler`.
/// Context: a server, which its supervisor starts; it only waits.
/// Source: OTP, gen_event:add_sup_handler/3; such a process is written by hand there.
template <class Manager, class H>
class event_handler {
public:
    template <class Ref, class... Args>
    explicit event_handler(const Ref& manager, Args... args) {
        Manager::template add_sup_handler<H>(manager, std::move(args)...);
    }

private:
    friend handler_access;
    void handle_info(message m) {
        if (const auto* gone = m.get_if<handler_exit>())
            if (gone->successor.adder != this_process::self()) // else we supervise the next one
                this_process::stop(gone->successor.type.empty() ? gone->reason
                                                                : exit_reason::normal);
    }
};

// --- the same, written out ---

template <class... Es>
template <class Ref, class A>
void gen_event<Es...>::notify(const Ref& manager, A&& event) {
    if constexpr (decltype(detail::explain_manager<Ref, gen_event>())::value)
        if constexpr (decltype(detail::explain_event<std::remove_cvref_t<A>, Es...>())::value)
            manager.cast(std::forward<A>(event));
}

template <class... Es>
template <class Ref, class A>
result<void> gen_event<Es...>::try_notify(const Ref& manager, A&& event, time_limit timeout) {
    if constexpr (decltype(detail::explain_manager<Ref, gen_event>())::value)
        if constexpr (decltype(detail::explain_event<std::remove_cvref_t<A>, Es...>())::value)
            return manager.try_cast(std::forward<A>(event), timeout);
    return {};
}

template <class... Es>
template <class Ref, class A>
result<void> gen_event<Es...>::try_sync_notify(const Ref& manager, A&& event, time_limit timeout) {
    using E = std::remove_cvref_t<A>;
    if constexpr (decltype(detail::explain_manager<Ref, gen_event>())::value)
        if constexpr (decltype(detail::explain_event<E, Es...>())::value)
            if constexpr (decltype(detail::explain_message<A>())::ok)
                return manager.try_call(detail::sync_event<E>{std::forward<A>(event)}, timeout);
    return {};
}

template <class... Es>
template <class H, class Ref, class... Args>
result<void> gen_event<Es...>::add(const Ref& manager, handler_id id, pid adder, Args&&... args) {
    using namespace detail;
    if constexpr (decltype(explain_manager<Ref, gen_event>())::value)
        if constexpr (decltype(explain_handler<H, Es...>())::value)
            if constexpr (decltype(explain_new_handler<H, std::decay_t<Args>...>())::value) {
                using maker = maker_of_handler<H, void, std::decay_t<Args>...>;
                return flattened(
                    manager.try_call(add_handler_request<maker>{maker{handler_type_of<H, Es...>,
                                                                      std::forward<Args>(args)...},
                                                                std::move(id.text), adder},
                                     infinity));
            }
    return {};
}

template <class... Es>
template <class H, class Ref>
auto gen_event<Es...>::try_delete_handler(const Ref& manager, handler_id id, const exit_reason& why)
    -> result<detail::terminate_result_t<H>> {
    using namespace detail;
    if constexpr (decltype(explain_manager<Ref, gen_event>())::value)
        if constexpr (decltype(explain_handler<H, Es...>())::value)
            return flattened(
                manager.try_call(delete_handler_request<H>{std::move(id.text), why}, infinity));
    return never<result<terminate_result_t<H>>>();
}

template <class... Es>
template <class Old, class New, class Ref, class... Args>
result<void> gen_event<Es...>::swap(const Ref& manager,
                                    swap_options how,
                                    pid adder,
                                    Args&&... args) {
    using namespace detail;
    if constexpr (decltype(explain_manager<Ref, gen_event>())::value)
        if constexpr (decltype(explain_handler<New, Es...>())::value)
            if constexpr (decltype(explain_swapped_handler<New, Old,
                                                           std::decay_t<Args>...>())::value) {
                using maker = maker_of_handler<New, Old, std::decay_t<Args>...>;
                return flattened(manager.try_call(
                    swap_handler_request<Old, maker>{
                        maker{handler_type_of<New, Es...>, std::forward<Args>(args)...},
                        std::move(how.id.text), std::move(how.new_id.text), std::move(how.reason),
                        adder},
                    infinity));
            }
    return {};
}

template <class... Es>
template <class Ref>
result<std::vector<handler_info>> gen_event<Es...>::try_which_handlers(const Ref& manager) {
    if constexpr (decltype(detail::explain_manager<Ref, gen_event>())::value)
        return manager.try_call(detail::which_handlers_request{}, infinity);
    else
        return detail::never<result<std::vector<handler_info>>>();
}

template <class... Es>
template <class H, class Ref, class A, class M>
auto gen_event<Es...>::try_call(const Ref& manager, A&& message, handler_id id, time_limit timeout)
    -> result<detail::answer_t<M>> {
    using namespace detail;
    if constexpr (decltype(explain_manager<Ref, gen_event>())::value)
        if constexpr (decltype(explain_message<A>())::ok)
            if constexpr (decltype(explain_ask<H, M>())::value)
                return flattened(manager.try_call(
                    ask_handler_request<H, M>{M(std::forward<A>(message)), std::move(id.text)},
                    timeout));
    return never<result<answer_t<M>>>();
}

template <class... Es>
template <class H>
auto gen_event<Es...>::handle_call(detail::delete_handler_request<H> r)
    -> result<detail::terminate_result_t<H>> {
    using R = detail::terminate_result_t<H>;
    const auto which = detail::name_of_handler<H>(std::move(r.id));
    if constexpr (std::is_void_v<R>)
        return done(engine_.remove(which, r.why, nullptr));
    else {
        std::optional<R> value;
        if (auto why = engine_.remove(which, r.why, &value))
            return detail::failed<R>(std::move(*why));
        return result<R>{boost::system::in_place_value, std::move(*value)};
    }
}

template <class... Es>
template <class H, class M>
auto gen_event<Es...>::handle_call(detail::ask_handler_request<H, M> r)
    -> result<detail::reply_t<M>> {
    using R = detail::reply_t<M>;
    struct question {
        M message;
        std::optional<detail::stored<R>> answer = {};
    };
    question q{std::move(r.message)};
    auto why = engine_.ask(
        detail::name_of_handler<H>(std::move(r.id)),
        [](void* handler, void* context) {
            auto& asked = *static_cast<question*>(context);
            auto& h = *static_cast<H*>(handler);
            if constexpr (std::is_void_v<R>)
                handler_access::call(h, std::move(asked.message));
            else
                asked.answer.emplace(
                    detail::as_reply<R>(handler_access::call(h, std::move(asked.message))));
        },
        &q, detail::type_name<M>());
    if (why)
        return detail::failed<R>(std::move(*why));
    if constexpr (std::is_void_v<R>)
        return {};
    else
        return result<R>{boost::system::in_place_value, std::move(*q.answer)};
}

namespace detail {

template <class Manager, class New, class Old, class... Args>
struct swap_of_this;
template <class... Es, class New, class Old, class... Args>
struct swap_of_this<gen_event<Es...>, New, Old, Args...> {
    template <class... As>
    static void ask(swap_options how, As&&... args) {
        if constexpr (decltype(explain_handler<New, Es...>())::value)
            if constexpr (decltype(explain_swapped_handler<New, Old, Args...>())::value)
                swap_this_handler(type_key<gen_event<Es...>>,
                                  std::make_unique<maker_of_handler<New, Old, Args...>>(
                                      handler_type_of<New, Es...>, std::forward<As>(args)...),
                                  std::move(how.new_id.text), std::move(how.reason));
    }
};

} // namespace detail

template <class Manager, class New, class Old, class... Args>
requires detail::handler_arguments<Args...>
void this_handler::swap(Old*, Args&&... args) {
    detail::swap_of_this<Manager, New, Old, std::decay_t<Args>...>::ask(
        {}, std::forward<Args>(args)...);
}
template <class Manager, class New, class Old, class... Args>
void this_handler::swap(Old*, swap_options how, Args&&... args) {
    detail::swap_of_this<Manager, New, Old, std::decay_t<Args>...>::ask(
        std::move(how), std::forward<Args>(args)...);
}

} // namespace coppice
