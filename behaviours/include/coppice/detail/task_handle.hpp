// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/brutal_kill.hpp>
#include <coppice/detail/reply_slot.hpp>
#include <coppice/detail/task_request.hpp>
#include <coppice/pending.hpp>

// What a `task` needs that does not depend on its value, and what runs in the task's own process.
namespace coppice {
/// See task.hpp. `child<task<>>` is a child that is a plain function.
template <class R = void>
class task;
} // namespace coppice

namespace coppice::detail {

struct task_access;

/// The caller's share of a task's answer; ends the task when it ends.
class task_handle {
public:
    task_handle() = default;
    task_handle(task_request* r, bool linked) noexcept : r_{r}, linked_{linked} {}
    task_handle(task_handle&& o) noexcept
        : r_{std::exchange(o.r_, nullptr)}, linked_{std::exchange(o.linked_, false)} {}
    task_handle& operator=(task_handle o) noexcept {
        std::swap(r_, o.r_);
        std::swap(linked_, o.linked_);
        return *this;
    }
    ~task_handle() {
        if (r_)
            close();
    }

    /// Null when there is no answer to come.
    task_request* request() const noexcept { return r_; }
    /// Errors: std::logic_error when the calling process did not ask for the task.
    void check_owner() const;
    /// Waits for the answer; false when the timeout has passed. Errors: as `check_owner`.
    bool wait(time_limit timeout) const;
    /// Tells the task to end and waits until it has. True: it ended as it was told.
    bool shut_down(time_limit timeout);
    bool shut_down(brutal_kill_t);
    /// The task goes on without its owner.
    void let_go();
    /// Ends the task, and does not wait.
    void close() noexcept;
    /// The answer, which is there; the share of it is the caller's.
    detail::request* take() noexcept { return std::exchange(r_, nullptr); }

private:
    bool stopped_by(const exit_reason& reason) const;

    task_request* r_ = nullptr;
    bool linked_ = false;
};

/// A task that was shut down after its value had been taken, or that has none.
failure no_task();
failure task_timed_out(pid task);

/// An answer with room for the value.
template <class R>
struct task_slot final : task_request {
    using T = stored<R>;

    task_slot() noexcept {
        destroy = [](detail::request* r) noexcept { dispose(static_cast<task_slot*>(r)); };
    }
    ~task_slot() {
        if (result == outcome::value)
            value().~T();
    }
    T& value() noexcept { return *std::launder(reinterpret_cast<T*>(room)); }

    alignas(T) unsigned char room[sizeof(T)];
};

/// What runs in the task's process: the function, and where its value goes.
template <class R, class F, class... Args>
struct task_body {
    request_share answer; // one share
    F f;
    std::tuple<Args...> args;

    task_body(request_share&& r, F&& g, Args&&... a)
        : answer{std::move(r)}, f(std::move(g)), args(std::move(a)...) {}

    static void run(void* self) {
        struct owner {
            task_body* b;
            ~owner() { drop(b); }
        } o{static_cast<task_body*>(self)};
        auto& slot = *static_cast<task_slot<R>*>(o.b->answer.get());
        const auto answer = [&](stored<R>&& value) {
            if (!may_answer())
                return;
            ::new (static_cast<void*>(slot.room)) stored<R>(std::move(value));
            set_answered(slot);
        };
        if constexpr (std::is_void_v<R>) {
            std::apply(std::move(o.b->f), std::move(o.b->args));
            answer({});
        } else
            answer(std::apply(std::move(o.b->f), std::move(o.b->args)));
    }
    static void drop(void* self) noexcept { dispose(static_cast<task_body*>(self)); }
    static constexpr raw_type type{type_name<F>(), &run, &drop};
};

// --- the sentences: at most one is said ---

template <class F, class... Args>
struct task_check {
    static constexpr bool fits = std::is_invocable_v<F, Args...>;
    static auto returned_by() {
        if constexpr (fits)
            return std::type_identity<std::invoke_result_t<F, Args...>>{};
        else
            return std::type_identity<void>{};
    }
    using returned = typename decltype(returned_by())::type;
    static constexpr bool is_value =
        std::is_void_v<returned> || (std::is_object_v<returned> && !std::is_const_v<returned> &&
                                     std::is_nothrow_move_constructible_v<returned>);
    static constexpr bool ok = fits && is_value;
    // A harmless one where the function is wrong: what follows from it would be more errors.
    using R = std::conditional_t<is_value, returned, void>;
};

template <class F, class... Args>
constexpr auto explain_task_function() {
    using is = task_check<F, Args...>;
    constexpr bool fits = is::fits;
    static_assert(fits, "coppice: the task's function cannot be called with these arguments (each "
                        "is copied or moved into the new process)");
    constexpr bool is_value = !is::fits || is::is_value;
    static_assert(is_value, "coppice: a task returns void or a nothrow movable value (never a "
                            "reference: it crosses processes)");
    return std::bool_constant<is::ok>{};
}

template <class F, class... Args>
using value_of_task = typename task_check<std::decay_t<F>, std::decay_t<Args>...>::R;

/// Makes and takes apart tasks.
struct task_access {
    template <class R>
    static task<R> make(task_slot<R>* r, bool linked) noexcept {
        return task<R>{r, linked};
    }
    template <class R>
    static task_handle& handle(task<R>& t) noexcept {
        return t.handle_;
    }
};

/// The answer of a task that the calling process asks for.
template <class R>
task_slot<R>* new_answer() {
    auto* const r = make_envelope<task_slot<R>>();
    request_share mine{r};
    set_caller(*r);
    mine.give();
    return r;
}

inline request_share another_share(request& r) noexcept {
    r.owners.fetch_add(1, std::memory_order_relaxed); // we own one already
    return request_share{&r};
}

/// The body of the task that answers `r`.
template <class R, class F, class... Args>
auto* make_task_body(task_slot<R>& r, F&& f, Args&&... args) {
    using body = task_body<R, std::decay_t<F>, std::decay_t<Args>...>;
    return make_in_cell<body>(another_share(r), std::decay_t<F>(std::forward<F>(f)),
                              std::decay_t<Args>(std::forward<Args>(args))...);
}

template <class R, class F, class... Args>
task<R> begin_task(bool linked, F&& f, Args&&... args) {
    task_slot<R>* const r = new_answer<R>();
    task<R> t = task_access::make<R>(r, linked);
    auto* body = make_task_body<R>(*r, std::forward<F>(f), std::forward<Args>(args)...);
    spawn_task(std::remove_pointer_t<decltype(body)>::type, body, {.link = linked}, *r);
    return t;
}

} // namespace coppice::detail
