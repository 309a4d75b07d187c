// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/detail/sys_state.hpp>

/// A look into a server that runs, and a hand on it: for tests, consoles and operators. OTP's sys.
///
///     sys::suspend(the_counter);                  // it handles nothing until it is resumed
///     int n = sys::get_state(the_counter, [](const counter& c) { return c.total(); });
///     sys::replace_state(the_counter, [](counter& c) { c = counter{5}; });
///     sys::resume(the_counter);
///
///     sys::trace(the_counter, true);              // a line for each event: in, out, noreply
///     sys::log(the_counter, 100);                 // keeps the last hundred
///     for (const sys::event& e : sys::get_log(the_counter)) ...
///
/// **Functions** run in the server, between two of its messages and in order with them, also while
/// it is suspended. They return a value: a state need not be copyable, and no reference leaves the
/// process. What they capture is moved there. A function that throws is `errc::callback_failed` for
/// the caller; the server lives on.
///
/// | server | the function takes |
/// |---|---|
/// | a class S | `const S&`, or `S&` to replace |
/// | `gen_statem<D>` | `const D::states&, const D&` |
/// | `agent<State>` | `const State&` |
/// | `sys::handler<H>(the_manager)`, a handler of a gen_event | `const H&` |
/// | a function process that has said `sys::take_part(s)`, as `server_ref<S>{pid}` | `const S&` |
///
/// **Targets.** A server_name, a via, a server_ref; where the class does not matter a pid, and
/// anything that has a `process()`, too.
///
/// **When not.** What a program does with a state in this way stands in no protocol: it is for
/// looking and mending, not for the program's own business.
///
/// Each verb has two forms: the plain one throws call_error, `try_` returns a result.
///
/// Errors of all: `noproc`, `exited`, `timeout`, `calling_self`, `bad_name_type`; `no_reply` from a
/// function process that does not take part.
/// Context: any process, and any thread; waits for the server to come to the request, at most for
/// `timeout`. A server in a long handler answers when that has returned.
/// Source: OTP, module sys. docs/explanation/sys.md has the whole of it.
namespace coppice::sys {

/// The process that an untyped verb is about; made from a pid, a name or a reference.
///
/// Context: a value; a name is looked up when it is made.
class target {
public:
    target(pid process) noexcept : where_{.process = process} {}
    template <class Self, class T>
    target(const server_verbs<Self, T>& r) noexcept
        : where_{detail::locate_access::locate(static_cast<const Self&>(r))} {}
    template <detail::knows_its_process Ref>
    target(const Ref& r) noexcept : where_{.process = pid{r.process()}} {}

    const pid& process() const noexcept { return where_.process; }
    /// Why there is no process, if there is none.
    errc why() const noexcept { return where_.why; }

private:
    detail::located where_;
};

/// A handler of an event manager, as a target of get_state and replace_state.
///
/// Context: a value.
template <class H, class Ref>
struct one_handler {
    Ref manager;
    std::string id;
};
/// The handler of class H and this id, the newest if there are several.
///
/// Errors: `not_found` from the verbs, when the manager has none. Context: any thread.
template <class H, class Ref>
one_handler<H, Ref> handler(const Ref& manager, std::string id = {}) {
    return {manager, std::move(id)};
}

// --- suspend and resume ---

/// Suspends a server: until `resume` it handles no message, which wait in its mailbox. It still
/// ends by exit signals, and its supervisor can stop it. Suspending it twice is no error.
void suspend(const target& server, time_limit timeout = default_call_timeout);
result<void> try_suspend(const target& server, time_limit timeout = default_call_timeout);

/// Lets a suspended server go on with what has come meanwhile.
void resume(const target& server, time_limit timeout = default_call_timeout);
result<void> try_resume(const target& server, time_limit timeout = default_call_timeout);

/// Ends a server in order, as `stop` does: its `terminate` runs, also while it is suspended.
///
/// Errors: `exited`, when it ends with another reason.
void terminate(const target& server,
               const exit_reason& why = exit_reason::normal,
               time_limit timeout = infinity);
result<void> try_terminate(const target& server,
                           const exit_reason& why = exit_reason::normal,
                           time_limit timeout = infinity);

// --- the state ---

/// What `f(const S&)` returns, which is run in the server.
///
/// Errors: also `callback_failed`, when `f` throws, and `not_found`, when there is no such handler.
/// Context: as above; `f` runs in the server's process and may wait as a handler may.
template <class Ref, class F>
auto get_state(const Ref& server, F f, time_limit timeout = default_call_timeout) {
    return detail::try_get_state<Ref, F>(server, std::move(f), timeout).value();
}
template <class Ref, class F>
auto try_get_state(const Ref& server, F f, time_limit timeout = default_call_timeout) {
    return detail::try_get_state<Ref, F>(server, std::move(f), timeout);
}

/// Changes the state by `f`, which is run in the server.
///
/// `f(S&)` works on the state in place; what it returns is returned. If it throws, what it has done
/// by then stays. `S f(const S&)` returns the new state, and if it throws, the old one stays whole.
/// A state machine is moved without its enter call; timeouts and postponed messages stay as they
/// are.
///
/// Errors and Context: as get_state.
template <class Ref, class F>
auto replace_state(const Ref& server, F f, time_limit timeout = default_call_timeout) {
    return detail::try_replace_state<Ref, F>(server, std::move(f), timeout).value();
}
template <class Ref, class F>
auto try_replace_state(const Ref& server, F f, time_limit timeout = default_call_timeout) {
    return detail::try_replace_state<Ref, F>(server, std::move(f), timeout);
}

/// Name, parent, behaviour, class, whether it is suspended, its state as text, and its log.
status get_status(const target& server, time_limit timeout = default_call_timeout);
result<status> try_get_status(const target& server, time_limit timeout = default_call_timeout);

// --- events ---
// A server that is not debugged pays one branch a message. Events are told in the server.

/// Counts events from now on, or no more. Source: OTP, `sys:statistics/2`.
void statistics(const target& server, bool on, time_limit timeout = default_call_timeout);
result<void> try_statistics(const target& server,
                            bool on,
                            time_limit timeout = default_call_timeout);
/// How many there were; nothing where they are not counted.
std::optional<counts> get_statistics(const target& server,
                                     time_limit timeout = default_call_timeout);
result<std::optional<counts>> try_get_statistics(const target& server,
                                                 time_limit timeout = default_call_timeout);

/// Keeps the last `keep` events; with zero no more. Source: OTP, `sys:log/2`.
void log(const target& server, std::size_t keep, time_limit timeout = default_call_timeout);
result<void> try_log(const target& server,
                     std::size_t keep,
                     time_limit timeout = default_call_timeout);
/// Those that are kept, oldest first.
std::vector<event> get_log(const target& server, time_limit timeout = default_call_timeout);
result<std::vector<event>> try_get_log(const target& server,
                                       time_limit timeout = default_call_timeout);
/// Writes them to the log of the program, severity notice.
void print_log(const target& server, time_limit timeout = default_call_timeout);
result<void> try_print_log(const target& server, time_limit timeout = default_call_timeout);

/// Writes each event to the log of the program, severity notice, or no more.
/// Source: OTP, `sys:trace/2`, which writes to standard output.
void trace(const target& server, bool on, time_limit timeout = default_call_timeout);
result<void> try_trace(const target& server, bool on, time_limit timeout = default_call_timeout);
/// The same to `sink(std::string_view)`, in place of the sink before.
///
/// Context: `sink` runs in the server and is moved there.
template <detail::line_sink Sink>
result<void> try_trace(const target& server, Sink sink, time_limit timeout = default_call_timeout);
template <detail::line_sink Sink>
void trace(const target& server, Sink sink, time_limit timeout = default_call_timeout) {
    try_trace(server, std::move(sink), timeout).value();
}

/// What a debug function says of itself.
enum class debugging : std::uint8_t {
    done, ///< it is not called any more
    goes_on,
};

/// A debug function that was installed, for `remove`.
///
/// Context: a value.
struct debug_ref {
    pid process = {};
    std::uint64_t id = 0;
};

/// Calls `f(const event&)`, or `f(const event&, const S&)` with the state, at each event from now
/// on. What it keeps between the calls are its own members. It returns nothing, or `debugging`. One
/// that throws is removed, and a line of the log says so; the server goes on.
///
/// Errors: as above; the compiler refuses a function that takes something else.
/// Context: `f` runs in the server, before and after the handlers, and is moved there.
/// Source: OTP, `sys:install/2`, where the function is found again by its value.
template <class Ref, class F>
debug_ref install(const Ref& server, F f, time_limit timeout = default_call_timeout);
template <class Ref, class F>
result<debug_ref> try_install(const Ref& server, F f, time_limit timeout = default_call_timeout);

/// Removes it; one that has gone already is no error.
void remove(const debug_ref& function, time_limit timeout = default_call_timeout);
result<void> try_remove(const debug_ref& function, time_limit timeout = default_call_timeout);

/// Ends statistics, log and trace, and removes all debug functions.
void no_debug(const target& server, time_limit timeout = default_call_timeout);
result<void> try_no_debug(const target& server, time_limit timeout = default_call_timeout);

// --- a process of one's own ---

/// A function process takes part in all of this, with its state, for as long as this lives.
///
/// Context: in the process that made it.
template <class S>
class [[nodiscard]] participation {
public:
    explicit participation(S& state)
        : part_{.key = &detail::type_key<S>, .state = &state, .format = format_of()} {
        detail::enter_system_part(part_);
    }
    ~participation() { detail::leave_system_part(part_); }
    participation(const participation&) = delete;
    participation& operator=(const participation&) = delete;

private:
    using format_function = std::string (*)(const void*);
    static constexpr format_function format_of() {
        if constexpr (handler_access::has_format_status<S>())
            return &detail::run_format_status<S>;
        else
            return nullptr;
    }
    detail::system_part part_;
};

/// Lets a function process answer the verbs above, wherever it waits in `receive`:
///
///     spawn([] {
///         tally all;
///         const auto part = sys::take_part(all);
///         for (;;)
///             this_process::receive([&](add a) { all.sum += a.by; });
///     });
///
/// While it is suspended `receive` returns nothing, nor is its time up. Those who ask for the state
/// say of which class it is: `sys::get_state(server_ref<tally>{p}, [](const tally& t) {...})`.
///
/// Errors: std::logic_error outside of a function process.
/// Context: a function process; does not suspend. `state` outlives what this returns.
/// Source: OTP, `sys:handle_system_msg/6`, special processes.
template <class S>
participation<S> take_part(S& state) {
    return participation<S>{state};
}

// --- the same, written out ---

template <detail::line_sink Sink>
result<void> try_trace(const target& server, Sink sink, time_limit timeout) {
    if (!server.process())
        return detail::no_receiver(server.why());
    return detail::install_debug(server.process(), nullptr, detail::tracer_id,
                                 std::make_unique<detail::event_printer<Sink>>(std::move(sink)),
                                 timeout);
}

template <class Ref, class F>
result<debug_ref> try_install(const Ref& server, F f, time_limit timeout) {
    if constexpr (decltype(detail::explain_install<Ref, F>())::value) {
        std::unique_ptr<detail::debug_function> function;
        const detail::state_type* wanted = nullptr;
        detail::located to;
        if constexpr (detail::takes_event<F>) {
            const target t{server};
            to = {.process = t.process(), .why = t.why()};
            function = std::make_unique<detail::event_function<F>>(std::move(f));
        } else {
            using is = detail::sys_target<Ref>;
            using Place = decltype(is::place(server));
            to = is::locate(server);
            wanted = &detail::state_type_of<typename Place::server>;
            function = std::make_unique<detail::event_and_state_function<F, Place>>(
                std::move(f), is::place(server));
        }
        if (!to.process)
            return detail::no_receiver(to.why);
        const debug_ref ref{to.process, detail::new_debug_id()};
        if (auto done =
                detail::install_debug(to.process, wanted, ref.id, std::move(function), timeout);
            !done)
            return done.error();
        return ref;
    } else
        return detail::never<result<debug_ref>>();
}
template <class Ref, class F>
debug_ref install(const Ref& server, F f, time_limit timeout) {
    return try_install(server, std::move(f), timeout).value();
}

} // namespace coppice::sys
