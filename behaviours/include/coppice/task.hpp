// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/detail/task_handle.hpp>
#include <coppice/this_process.hpp>
#include <iterator>
#include <optional>
#include <tuple>
#include <variant>
#include <vector>

/// One function in a process of its own, and its value. Elixir's Task.
///
///     auto a = async_task(fetch, url1);
///     auto b = async_task(fetch, url2);
///     auto [x, y] = await_many(std::move(a), std::move(b));
///
/// The function and its arguments are copied or moved into the new process; capture nothing by
/// reference. It returns void or a value that moves without throwing.
///
/// **Linked or not.** `async_task` links the task with the caller: if one of them fails, so does
/// the other, as two halves of one job. The failure of an `async_nolink` task is a value:
/// `try_await` returns it.
///
/// **The answer** travels beside the mailbox: what comes after a timeout, or is never taken, is
/// destroyed, and no `handle_info` sees it. It goes out when the task has exited, so a task whose
/// value is there is gone, with all that its function held.
///
/// **The handle's end ends the task**: it is killed, and an exception that unwinds its caller does
/// the same. Nothing computes for a caller that has left. `ignore` lets a task go on by itself.
///
/// **Timeouts.** An `await` whose timeout has passed ends the task, too. To ask again later,
/// `yield`.
///
/// **Under a supervisor.** A task that must be seen and stopped with the tree: task_supervisor.hpp.
/// A child that is a plain function, and has no value: `child<task<>>("poller", poll)`.
///
/// **Many.** The elements of a range, a few at a time: async_stream.hpp.
///
/// **When not.** For a state that lives on and takes messages: a server. For a function of a
/// library that blocks its thread: `blocking`. For work of less than a few microseconds: a function
/// call.
///
/// **Debugging.** `this_process::callers()` in a task is who asked for it, through all levels; a
/// crash report shows the same.
///
/// Context: a handle belongs to the process that made it, and no other may ask it; one that a plain
/// thread made may be asked by any. Verbs that wait suspend the process, or block the thread.
/// Source: Elixir, module Task.
namespace coppice {

/// The caller's end of a task, made by `async_task` and `async_nolink`.
///
/// Shape: moves; a default one has no task. The value can be taken once.
/// Errors: `exited` with the task's reason when it ended without a value (with `normal`, too),
/// `timeout`, and `no_request` when the value was taken before; std::logic_error in a process that
/// did not make the task.
/// Context: the process that made it; suspends where it waits.
/// Source: Elixir, module Task, of the same names.
template <class R>
class [[nodiscard]] task {
public:
    using value_type = R;

    task() = default;

    /// The task's process; null when there is no answer to come.
    pid process() const noexcept { return handle_.request() ? handle_.request()->server : pid{}; }
    /// True when the value, or the reason of the exit, is there.
    bool ready() const noexcept {
        return handle_.request() && detail::is_answered(handle_.request());
    }

    /// Waits for the value. When the timeout has passed first the task is ended.
    ///
    /// Errors: throws call_error.
    R await(time_limit timeout = default_call_timeout);
    /// The same; the failure is returned.
    result<R> try_await(time_limit timeout = default_call_timeout);
    /// Waits, and may be asked again: nothing when the timeout has passed first, or when there is
    /// no answer to come any more.
    std::optional<result<R>> yield(time_limit timeout = default_call_timeout);
    /// Tells the task to end, as a supervisor does: an exit signal `shutdown`, and a kill when the
    /// timeout has passed. Returns when it has ended.
    ///
    /// Shape: nothing when it ended by `shutdown`; the value when that was there already; the
    /// failure when it ended in any other way.
    std::optional<result<R>> shutdown(time_limit timeout = default_call_timeout);
    /// The same by a kill. Nothing when it ended as `killed`.
    std::optional<result<R>> shutdown(brutal_kill_t);
    /// Lets the task go on by itself: it is unlinked, and its value will be dropped. What is there
    /// already is returned.
    std::optional<result<R>> ignore();

private:
    friend detail::task_access;
    task(detail::task_slot<R>* r, bool linked) noexcept : handle_{r, linked} {}

    result<R> take();

    detail::task_handle handle_;
};

/// Starts a task that is linked with the caller.
///
/// Errors: std::logic_error outside a process; call_error with `not_running` without a runtime.
/// Context: a process; does not suspend. Source: Elixir, Task.async/1.
template <class F, class... Args>
auto async_task(F&& f, Args&&... args) -> task<detail::value_of_task<F, Args...>> {
    using R = detail::value_of_task<F, Args...>;
    if constexpr (decltype(detail::explain_task_function<std::decay_t<F>,
                                                         std::decay_t<Args>...>())::value)
        return detail::begin_task<R>(true, std::forward<F>(f), std::forward<Args>(args)...);
    else
        return {};
}

/// The same without the link: its failure is a value.
///
/// Elixir needs a supervisor for that, or nothing would end the task; here its handle does.
/// Context: a process, or any thread; does not suspend. Source: Elixir,
/// Task.Supervisor.async_nolink/2.
template <class F, class... Args>
auto async_nolink(F&& f, Args&&... args) -> task<detail::value_of_task<F, Args...>> {
    using R = detail::value_of_task<F, Args...>;
    if constexpr (decltype(detail::explain_task_function<std::decay_t<F>,
                                                         std::decay_t<Args>...>())::value)
        return detail::begin_task<R>(false, std::forward<F>(f), std::forward<Args>(args)...);
    else
        return {};
}

namespace this_process {
/// The process that asked for this task, then the one that asked for that task, and so on: nearest
/// first. Under a `task_supervisor` it is not the parent. Empty in a process that is no task.
///
/// Errors: std::logic_error outside a process. Context: in a process; does not suspend.
/// Source: Elixir, `$callers`.
std::vector<pid> callers();
} // namespace this_process

namespace detail {
/// What stands for void in a tuple.
template <class R>
using value_in_tuple = std::conditional_t<std::is_void_v<R>, std::monostate, R>;
} // namespace detail

/// Waits for all, with one timeout of five seconds for the whole. The values in the order of the
/// tasks; `std::monostate` for void.
///
/// Errors: throws the first failure that comes, and does not wait for the others: they are ended.
/// Context and source: as `task`; Elixir, Task.await_many/2.
template <class... Rs>
std::tuple<detail::value_in_tuple<Rs>...> await_many(task<Rs>... tasks);
/// The same for the tasks of a range: `await_many(tasks, 10s)`. The values as a vector, or nothing
/// for tasks of void.
///
/// When it throws, the tasks that have no answer yet stay in the range, and go on.
template <
    class Range,
    class R = typename std::iter_value_t<decltype(std::begin(std::declval<Range&>()))>::value_type>
auto await_many(Range&& tasks, time_limit timeout = default_call_timeout)
    -> std::conditional_t<std::is_void_v<R>, void, std::vector<detail::value_in_tuple<R>>>;

/// Asks each task of a range as `yield` does, with one timeout for the whole. In the order of the
/// tasks: the value, the failure, or nothing when the timeout has passed first.
///
/// What becomes of those without an answer is said by their handles: `t.ignore()`,
/// `t.shutdown(brutal_kill)`, or ask again.
/// Context and source: as `task`; Elixir, Task.yield_many/2.
template <
    class Range,
    class R = typename std::iter_value_t<decltype(std::begin(std::declval<Range&>()))>::value_type>
std::vector<std::optional<result<R>>> yield_many(Range&& tasks,
                                                 time_limit timeout = default_call_timeout);

// --- the same, written out ---

template <class R>
result<R> task<R>::take() {
    const detail::request_share mine{handle_.take()};
    if (mine.get()->result == detail::request::outcome::failed)
        return detail::failed<R>(detail::failure_of(mine.get()));
    if constexpr (std::is_void_v<R>)
        return result<void>{};
    else
        return result<R>{boost::system::in_place_value,
                         std::move(static_cast<detail::task_slot<R>*>(mine.get())->value())};
}

template <class R>
result<R> task<R>::try_await(time_limit timeout) {
    if (!handle_.request())
        return detail::failed<R>(detail::no_request());
    if (handle_.wait(timeout))
        return take();
    failure why = detail::task_timed_out(process());
    handle_.close();
    return detail::failed<R>(std::move(why));
}

template <class R>
R task<R>::await(time_limit timeout) {
    return try_await(timeout).value();
}

template <class R>
std::optional<result<R>> task<R>::yield(time_limit timeout) {
    if (!handle_.request() || !handle_.wait(timeout))
        return std::nullopt;
    return take();
}

template <class R>
std::optional<result<R>> task<R>::shutdown(time_limit timeout) {
    if (!handle_.request())
        return detail::failed<R>(detail::no_task());
    const bool as_told = handle_.shut_down(timeout);
    result<R> answer = take();
    return as_told ? std::nullopt : std::optional{std::move(answer)};
}

template <class R>
std::optional<result<R>> task<R>::shutdown(brutal_kill_t) {
    if (!handle_.request())
        return detail::failed<R>(detail::no_task());
    const bool as_told = handle_.shut_down(brutal_kill);
    result<R> answer = take();
    return as_told ? std::nullopt : std::optional{std::move(answer)};
}

template <class R>
std::optional<result<R>> task<R>::ignore() {
    auto there = yield(time_span{});
    if (!there && handle_.request())
        handle_.let_go();
    return there;
}

namespace detail {

/// Waits until all are answered, or one has failed, or the timeout has passed. The failure.
std::optional<failure> await_all(const std::vector<task_handle*>& tasks, time_limit timeout);

template <class R>
value_in_tuple<R> taken_value(task<R>& t) {
    if constexpr (std::is_void_v<R>) {
        t.await();
        return {};
    } else
        return t.await();
}

} // namespace detail

template <class... Rs>
std::tuple<detail::value_in_tuple<Rs>...> await_many(task<Rs>... tasks) {
    if (auto why =
            detail::await_all({&detail::task_access::handle(tasks)...}, default_call_timeout))
        detail::throw_failure(*why);
    return {detail::taken_value(tasks)...};
}

template <class Range, class R>
auto await_many(Range&& tasks, time_limit timeout)
    -> std::conditional_t<std::is_void_v<R>, void, std::vector<detail::value_in_tuple<R>>> {
    std::vector<detail::task_handle*> handles;
    for (task<R>& t : tasks)
        handles.push_back(&detail::task_access::handle(t));
    if (auto why = detail::await_all(handles, timeout))
        detail::throw_failure(*why);
    std::vector<detail::value_in_tuple<R>> values;
    for (task<R>& t : tasks)
        values.push_back(detail::taken_value(t));
    if constexpr (!std::is_void_v<R>)
        return values;
}

template <class Range, class R>
std::vector<std::optional<result<R>>> yield_many(Range&& tasks, time_limit timeout) {
    const time_limit until = timeout.deadline(this_process::now());
    std::vector<std::optional<result<R>>> answers;
    for (task<R>& t : tasks)
        answers.push_back(t.yield(until));
    return answers;
}

} // namespace coppice
