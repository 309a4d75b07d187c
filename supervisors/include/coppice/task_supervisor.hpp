// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/async_stream.hpp>
#include <coppice/dynamic_supervisor.hpp>

/// A place in the tree for tasks, where they are counted, seen and stopped. Elixir's
/// Task.Supervisor. Opt-in: not part of coppice.hpp.
///
///     inline constexpr server_name<task_supervisor> the_tasks{"tasks"};
///     child<task_supervisor>(the_tasks, {.max_children = 100})                // in a tree
///
///     task_supervisor::start_child(the_tasks, send_mail, address);            // and forget
///     auto t = task_supervisor::async_nolink(the_tasks, fetch, url); // a failure is a value
///     auto page = t.await();
///
/// **Which of them.** `start_child` for work whose result no process waits for. `async_nolink` for
/// work whose caller lives on when it fails: it is the usual one in a server. `async` for work that
/// shares the fate of its caller. Without a supervisor: task.hpp.
///
/// **Restarts.** Tasks are temporary: they are not restarted. `start_child` takes other options
/// first: `start_child(the_tasks, {.restart = transient}, import, file)`; each restart runs a copy
/// of the function with copies of its arguments.
///
/// **At its end** the supervisor stops all of them: the tree waits for work that is under way.
///
/// **When not.** A task that has a state and takes messages is a server, under a
/// `dynamic_supervisor`.
///
/// **Debugging.** `task_supervisor::children(the_tasks)`; in a task `this_process::callers()` is
/// who asked for it, while its parent is the supervisor.
///
/// Source: Elixir, module Task.Supervisor.
namespace coppice {

/// How a task of `start_child` is supervised, where the defaults do not fit.
struct task_options {
    restart_type restart = temporary;
    shutdown_policy shutdown = {};
};

namespace detail {

/// Starts a task once: what is moved into it is gone then.
///
/// Context: the supervisor's process calls it; does not suspend.
class start_once {
public:
    template <class R, class F, class... Args>
    start_once(task_slot<R>& r, F&& f, Args&&... args)
        : start_once{make_task_body<R>(r, std::forward<F>(f), std::forward<Args>(args)...), r} {}
    start_once(start_once&& o) noexcept
        : type_{o.type_}, body_{std::exchange(o.body_, nullptr)}, answer_{o.answer_} {}
    start_once& operator=(start_once&&) = delete;
    ~start_once() {
        if (body_)
            type_->drop(body_);
    }
    start_result operator()() const;

private:
    template <class B>
    start_once(B* body, task_request& r) : type_{&B::type}, body_{body}, answer_{&r} {}

    const raw_type* type_;
    mutable void* body_; // has a share of the answer
    task_request* answer_;
};

/// Starts copies of a task, all for the same caller.
template <class F, class... Args>
struct start_again {
    request_share first; // knows the caller
    F f;
    std::tuple<Args...> args;

    start_result operator()() const {
        auto* const r = make_envelope<task_slot<void>>();
        const request_share mine{r};
        set_caller(*r, *static_cast<const task_request*>(first.get()));
        return std::apply(
            [&](const auto&... a) {
                return start_once{*r, F(f), Args(a)...}();
            },
            args);
    }
};

/// Errors: std::logic_error outside a process.
void require_a_process();

/// Not the options, which stand before the function.
template <class F>
concept task_function = !std::same_as<std::remove_cvref_t<F>, task_options>;

template <class F, class... Args>
constexpr auto explain_restarted_task() {
    constexpr bool copies =
        std::is_copy_constructible_v<F> && (std::is_copy_constructible_v<Args> && ...);
    static_assert(copies, "coppice: each restart runs a copy of the task's function with copies of "
                          "its arguments, and one of them cannot be copied");
    constexpr bool fits = !copies || task_check<F, Args...>::fits;
    static_assert(fits, "coppice: the task's function cannot be called with these arguments (each "
                        "is copied or moved into the new process)");
    return std::bool_constant < copies && task_check<F, Args...>::fits > {};
}

} // namespace detail

/// See above.
///
/// Errors: `max_children` when it is full; else as `supervisor_verbs` says. `try_start_child`
/// returns them; `async` and `async_nolink` throw.
/// Context: a process that traps exits. Its verbs: any process, and any thread but for `async`;
/// they suspend the process, or block the thread, until the task has started.
/// Source: Elixir, module Task.Supervisor.
class task_supervisor final : public dynamic_supervisor {
public:
    using dynamic_supervisor::dynamic_supervisor;

    /// Starts a task that answers to no process. Its value is dropped.
    template <detail::task_function F, class... Args>
    static pid start_child(const supervisor_ref& sup, F&& f, Args&&... args) {
        return try_start_child(sup, std::forward<F>(f), std::forward<Args>(args)...).value();
    }
    template <class F, class... Args>
    static pid start_child(const supervisor_ref& sup,
                           const task_options& o,
                           F&& f,
                           Args&&... args) {
        return try_start_child(sup, o, std::forward<F>(f), std::forward<Args>(args)...).value();
    }
    template <detail::task_function F, class... Args>
    static result<pid> try_start_child(const supervisor_ref& sup, F&& f, Args&&... args) {
        if constexpr (decltype(detail::explain_task_function<std::decay_t<F>,
                                                             std::decay_t<Args>...>())::value) {
            auto* const r = detail::new_answer<void>();
            const detail::request_share mine{r};
            return start_task(
                sup, {}, detail::start_once{*r, std::forward<F>(f), std::forward<Args>(args)...});
        } else
            return pid{};
    }
    template <class F, class... Args>
    static result<pid> try_start_child(const supervisor_ref& sup,
                                       const task_options& o,
                                       F&& f,
                                       Args&&... args) {
        using start = detail::start_again<std::decay_t<F>, std::decay_t<Args>...>;
        if constexpr (decltype(detail::explain_restarted_task<std::decay_t<F>,
                                                              std::decay_t<Args>...>())::value)
            return start_task(sup, o,
                              start{detail::request_share{detail::new_answer<void>()},
                                    std::forward<F>(f),
                                    {std::forward<Args>(args)...}});
        else
            return pid{};
    }

    /// A task that is linked with the caller as well. Context: a process.
    template <class F, class... Args>
    static auto async(const supervisor_ref& sup, F&& f, Args&&... args)
        -> task<detail::value_of_task<F, Args...>> {
        return ask<true>(sup, std::forward<F>(f), std::forward<Args>(args)...);
    }
    /// A task whose failure is a value.
    template <class F, class... Args>
    static auto async_nolink(const supervisor_ref& sup, F&& f, Args&&... args)
        -> task<detail::value_of_task<F, Args...>> {
        return ask<false>(sup, std::forward<F>(f), std::forward<Args>(args)...);
    }

    /// As coppice::async_stream; its tasks are children of the supervisor.
    template <class Range, class F>
    static auto async_stream(const supervisor_ref& sup,
                             Range&& range,
                             F f,
                             const stream_options& options = {}) {
        const auto start = [sup](const F& g, auto&& element) {
            return async_nolink(sup, g, std::forward<decltype(element)>(element));
        };
        if constexpr (decltype(detail::explain_stream<Range, F>())::value)
            return task_stream<Range, F, std::remove_const_t<decltype(start)>>{
                std::forward<Range>(range), std::move(f), start, options};
        else
            return std::vector<detail::after_error>{};
    }

    /// The tasks that run. Errors: as `which_children`.
    static std::vector<pid> children(const supervisor_ref& sup);

private:
    static result<pid> start_task(const supervisor_ref& sup,
                                  const task_options& o,
                                  start_function start);

    template <bool Linked, class F, class... Args>
    static auto ask(const supervisor_ref& sup, F&& f, Args&&... args)
        -> task<detail::value_of_task<F, Args...>> {
        using R = detail::value_of_task<F, Args...>;
        if constexpr (decltype(detail::explain_task_function<std::decay_t<F>,
                                                             std::decay_t<Args>...>())::value) {
            if constexpr (Linked)
                detail::require_a_process();
            auto* const r = detail::new_answer<R>();
            r->links_caller = Linked;
            task<R> t = detail::task_access::make<R>(r, Linked);
            (void)start_task(
                sup, {}, detail::start_once{*r, std::forward<F>(f), std::forward<Args>(args)...})
                .value();
            return t;
        } else
            return {};
    }
};

template <>
inline constexpr std::string_view detail::behaviour_of<task_supervisor> = "supervisor";

/// A task supervisor as a child.
template <std::same_as<task_supervisor> S>
child_of<S> child(std::string id, const dynamic_supervisor_flags& flags = {}) {
    return child_of<S>{detail::make_child<S>(std::move(id), flags)};
}
template <std::same_as<task_supervisor> S>
child_of<S> child(const server_name<S>& name, const dynamic_supervisor_flags& flags = {}) {
    return child_of<S>{detail::make_named_child<S, S>(name.text(), flags)};
}

} // namespace coppice
