// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/detail/event_manager.hpp>
#include <coppice/detail/start_server.hpp>
#include <coppice/detail/system_request.hpp>

// What functions of sys work on: the state behind a name or a reference, the request that carries
// the function there, and the sentences.
namespace coppice {
template <class State>
class agent;
template <class D>
class gen_statem;
template <class... Es>
class gen_event;

namespace sys {
enum class debugging : std::uint8_t;
template <class H, class Ref>
struct one_handler;
} // namespace sys
} // namespace coppice

namespace coppice::detail {

struct system_access {
    template <class A>
    static auto& state_of_agent(A& a) noexcept {
        return a.state_;
    }
    template <class G>
    static void* handler_in(G& manager, const handler_name& which) noexcept {
        return manager.engine_.handler(which);
    }
};

/// What a debug function may return.
template <class R>
inline constexpr bool is_debug_result = std::is_void_v<R> || std::is_same_v<R, sys::debugging>;

/// Can F be called with these, and returns what a debug function may?
template <class F, class... Args>
constexpr bool is_debug_function() {
    if constexpr (std::is_invocable_v<F&, Args...>)
        return is_debug_result<std::invoke_result_t<F&, Args...>>;
    else
        return false;
}

// --- where a state lies: `with` calls a function with its parts ---

template <class... Ps>
struct state_parts {
    template <class F>
    static constexpr bool reads = std::is_invocable_v<F&, const Ps&...>;
    template <class F>
    static constexpr bool writes = std::is_invocable_v<F&, Ps&...>;
    template <class F>
    using read_t = std::invoke_result_t<F&, const Ps&...>;
    template <class F>
    using write_t = std::invoke_result_t<F&, Ps&...>;
    /// A function of the old state that returns the new one.
    template <class F>
    static constexpr bool renews() {
        if constexpr (sizeof...(Ps) == 1 && reads<F>)
            return (std::is_same_v<read_t<F>, Ps> && ...) && (std::is_move_assignable_v<Ps> && ...);
        else
            return false;
    }
    template <class F>
    static constexpr bool hears = is_debug_function<F, const sys::event&, const Ps&...>();
};

/// The server object itself, or what a function process takes part with.
template <class S>
struct state_place : state_parts<S> {
    using server = S;
    template <class F>
    static bool with(S& s, F&& f) {
        f(s);
        return true;
    }
};
template <class State>
struct state_place<agent<State>> : state_parts<State> {
    using server = agent<State>;
    template <class F>
    static bool with(server& a, F&& f) {
        f(system_access::state_of_agent(a));
        return true;
    }
};
template <class D>
struct state_place<gen_statem<D>> : state_parts<typename D::states, D> {
    using server = gen_statem<D>;
    template <class F>
    static bool with(server& s, F&& f) {
        auto& engine = s.engine();
        f(engine.state(), engine.data());
        return true;
    }
};
/// One handler of an event manager of class G. False: it has none.
template <class G, class H>
struct handler_place : state_parts<H> {
    using server = G;
    handler_name which;

    template <class F>
    bool with(G& manager, F&& f) const {
        auto* const h = static_cast<H*>(system_access::handler_in(manager, which));
        if (h)
            f(*h);
        return h != nullptr;
    }
};

/// For the runtime, which compares it with what the process has.
template <class S>
inline constexpr state_type state_type_of{.key = &type_key<S>, .server = &server_type_of<S>};

failure no_such_handler(const handler_name& which);
template <class Place>
failure nothing_there(const Place& place) {
    if constexpr (requires { place.which; })
        return no_such_handler(place.which);
    else
        return failure{.code = errc::not_found}; // not reached: such a place has its state always
}

/// Carries a function to a state, and what it returns back.
template <class R, class Place, class G>
struct state_request final : reply_slot<R> {
    Place place;
    G g;

    state_request(Place&& p, G&& x)
        : reply_slot<R>{operations}, place(std::move(p)), g(std::move(x)) {
        this->destroy = [](request* r) noexcept { dispose(static_cast<state_request*>(r)); };
    }

    static std::optional<failure> run(request* r, void* object) {
        auto* const self = static_cast<state_request*>(r);
        const auto call = [&](auto&... parts) {
            if constexpr (std::is_void_v<R>) {
                self->g(parts...);
                self->store({});
            } else
                self->store(R(self->g(parts...)));
        };
        if (!self->place.with(*static_cast<typename Place::server*>(object), call))
            return nothing_there(self->place);
        return std::nullopt;
    }
    static void handle(envelope* n, void* process) {
        answer_by_function(static_cast<state_request*>(n), process,
                           state_type_of<typename Place::server>, &run);
    }
    static constexpr envelope_ops operations = system_function("sys", &handle);
};

template <class R, class Place, class G>
result<R> run_on_state(const located& to, Place place, G g, time_limit timeout) {
    if (!to.process)
        return failed<R>(no_receiver(to.why));
    auto* const r = make_envelope<state_request<R, Place, G>>(std::move(place), std::move(g));
    if (auto why = try_call(to, r, timeout))
        return failed<R>(std::move(*why));
    const request_share mine{r};
    if constexpr (std::is_void_v<R>)
        return result<void>{};
    else
        return result<R>{boost::system::in_place_value, std::move(r->value())};
}

// --- the state behind a name or a reference ---

template <class Self, class T>
std::type_identity<T> class_behind(const server_verbs<Self, T>&);
std::type_identity<void> class_behind(...);
template <class Ref>
using class_behind_t = typename decltype(class_behind(std::declval<const Ref&>()))::type;

/// A reference without a class, as supervisor_ref.
template <class Ref>
concept knows_its_process = std::is_void_v<class_behind_t<Ref>> && requires(const Ref& r) {
    pid{r.process()};
};

template <class T>
inline constexpr bool is_event_manager = false;
template <class... Es>
inline constexpr bool is_event_manager<gen_event<Es...>> = true;

template <class Ref>
struct sys_target {
    using server = class_behind_t<Ref>;
    static constexpr bool is_typed = !std::is_void_v<server>;
    static constexpr bool is_handler_of_manager = true;
    static located locate(const Ref& r) noexcept { return locate_access::locate(r); }
    static auto place(const Ref&) { return state_place<server>{}; }
};
template <class H, class Ref>
struct sys_target<sys::one_handler<H, Ref>> {
    using server = class_behind_t<Ref>;
    static constexpr bool is_typed = true;
    static constexpr bool is_handler_of_manager = is_event_manager<server>;
    static located locate(const sys::one_handler<H, Ref>& h) noexcept {
        return locate_access::locate(h.manager);
    }
    static auto place(const sys::one_handler<H, Ref>& h) {
        return handler_place<server, H>{{},
                                        {.key = &type_key<H>, .type = type_name<H>(), .id = h.id}};
    }
};

template <class Ref>
constexpr auto explain_sys_target() {
    using is = sys_target<Ref>;
    using T = typename is::server;
    constexpr bool handler = is::is_handler_of_manager;
    static_assert(handler, "coppice: sys::handler takes a server_name, via or server_ref of a "
                           "gen_event<...>");
    constexpr bool typed = !handler || is::is_typed;
    static_assert(typed, "coppice: sys: this does not say of which class the state is: take a "
                         "server_name, via or server_ref<S>");
    constexpr bool is_class = !is_protocol<T>;
    static_assert(is_class, "coppice: sys: a protocol does not say of which class the state is: "
                            "take a server_name, via or server_ref<S>");
    constexpr bool is_server = !machine_class<T>;
    static_assert(is_server, "coppice: this class is a state machine: its server is gen_statem<T>");
    return std::bool_constant < handler && is::is_typed && is_class && is_server > {};
}

// --- the functions ---

/// Has one `operator()`, or is a function: then its parameters are known.
template <class F>
concept plain_function = requires {
    &F::operator();
}
|| std::is_pointer_v<F>;

template <class R>
inline constexpr bool is_sys_value = std::is_void_v<R> ||
                                     (std::is_object_v<R> && !std::is_const_v<R> &&
                                      std::is_nothrow_move_constructible_v<R>);

template <class Place, class F>
constexpr auto explain_get_state() {
    constexpr bool fits = Place::template reads<F>;
    static_assert(fits, "coppice: sys::get_state takes a function of `const S&`, S being the class "
                        "of the state; of a gen_statem one of `const states&, const D&`");
    if constexpr (fits) {
        using R = typename Place::template read_t<F>;
        constexpr bool tells = !std::is_void_v<R>;
        static_assert(tells, "coppice: sys::get_state: the function returns nothing, so there is "
                             "nothing to get");
        constexpr bool value = is_sys_value<R>;
        static_assert(value, "coppice: sys: the function returns a value that moves without "
                             "throwing, not a reference into the server");
        return std::bool_constant < tells && value > {};
    } else
        return std::false_type{};
}

template <class Place, class F>
constexpr auto explain_replace_state() {
    constexpr bool fits = Place::template writes<F>;
    static_assert(fits,
                  "coppice: sys::replace_state takes a function of `S&`, S being the class of "
                  "the state; of a gen_statem one of `states&, D&`");
    if constexpr (fits) {
        constexpr bool replaces = [] {
            if constexpr (plain_function<F>)
                return !Place::template reads<F> || Place::template renews<F>();
            else
                return true;
        }();
        static_assert(replaces, "coppice: sys::replace_state: this function cannot change the "
                                "state: it takes an `S&`, or returns the new S");
        using R = typename Place::template write_t<F>;
        constexpr bool value = !replaces || is_sys_value<R>;
        static_assert(value, "coppice: sys: the function returns a value that moves without "
                             "throwing, not a reference into the server");
        return std::bool_constant < replaces && is_sys_value<R> > {};
    } else
        return std::false_type{};
}

template <class Ref, class F>
auto try_get_state(const Ref& target, F&& f, time_limit timeout) {
    using is = sys_target<Ref>;
    if constexpr (decltype(explain_sys_target<Ref>())::value) {
        using Place = decltype(is::place(target));
        if constexpr (decltype(explain_get_state<Place, F>())::value) {
            using R = typename Place::template read_t<F>;
            auto read = [f = std::move(f)](const auto&... parts) mutable -> R {
                return f(parts...);
            };
            return run_on_state<R>(is::locate(target), is::place(target), std::move(read), timeout);
        } else
            return never<result<after_error>>();
    } else
        return never<result<after_error>>();
}

/// Works on the state in place, or puts a new one there when it has been made.
template <class Place, class F>
auto replacing(F&& f) {
    if constexpr (plain_function<F> && Place::template renews<F>())
        return [f = std::move(f)](auto& part) mutable { part = f(std::as_const(part)); };
    else
        return [f = std::move(f)](auto&... parts) mutable ->
               typename Place::template write_t<F> { return f(parts...); };
}

template <class Ref, class F>
auto try_replace_state(const Ref& target, F&& f, time_limit timeout) {
    using is = sys_target<Ref>;
    if constexpr (decltype(explain_sys_target<Ref>())::value) {
        using Place = decltype(is::place(target));
        if constexpr (decltype(explain_replace_state<Place, F>())::value) {
            auto replace = replacing<Place, F>(std::move(f));
            using R = typename Place::template write_t<decltype(replace)>;
            return run_on_state<R>(is::locate(target), is::place(target), std::move(replace),
                                   timeout);
        } else
            return never<result<after_error>>();
    } else
        return never<result<after_error>>();
}

// --- debug functions ---

/// Does it want more?
template <class F>
bool wants_more(F&& f) {
    if constexpr (std::is_void_v<std::invoke_result_t<F>>) {
        f();
        return true;
    } else
        return f() != sys::debugging{}; // done
}

template <class F>
struct event_function final : debug_function {
    F f;
    explicit event_function(F&& x) : f(std::move(x)) {}
    bool tell(const sys::event& e, void*) override {
        return wants_more([&]() -> decltype(auto) { return f(e); });
    }
};
template <class F, class Place>
struct event_and_state_function final : debug_function {
    F f;
    Place place;
    event_and_state_function(F&& x, Place&& p) : f(std::move(x)), place(std::move(p)) {}
    bool tell(const sys::event& e, void* state) override {
        bool more = true;
        place.with(*static_cast<typename Place::server*>(state), [&](auto&... parts) {
            more = wants_more([&]() -> decltype(auto) { return f(e, std::as_const(parts)...); });
        });
        return more;
    }
};
/// Takes a line of a trace.
template <class F>
concept line_sink = std::is_invocable_v<F&, std::string_view>;

/// Writes the text of each event.
template <class Sink>
struct event_printer final : debug_function {
    Sink sink;
    explicit event_printer(Sink&& s) : sink(std::move(s)) {}
    bool tell(const sys::event& e, void*) override {
        sink(std::string_view{e.text()});
        return true;
    }
};

template <class Ref, class F>
constexpr bool takes_event_and_state() {
    if constexpr (sys_target<Ref>::is_typed && !is_protocol<typename sys_target<Ref>::server> &&
                  !machine_class<typename sys_target<Ref>::server>) {
        using Place = decltype(sys_target<Ref>::place(std::declval<const Ref&>()));
        return Place::template hears<F>;
    } else
        return false;
}
template <class F>
inline constexpr bool takes_event = is_debug_function<F, const sys::event&>();

template <class Ref, class F>
constexpr auto explain_install() {
    constexpr bool fits = takes_event<F> || takes_event_and_state<Ref, F>();
    static_assert(fits, "coppice: sys::install takes a function of `const sys::event&`, or of that "
                        "and of the state, `const S&`; it returns nothing or a sys::debugging");
    return std::bool_constant<fits>{};
}

} // namespace coppice::detail
