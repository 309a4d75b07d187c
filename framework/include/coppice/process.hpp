// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/pid.hpp>
#include <coppice/priority.hpp>
#include <tuple>

namespace coppice {

/// What becomes of a message when the receiver's bounded mailbox is full.
///
/// Signals (exits, links, monitors) always pass. Every message that is lost is counted and
/// reported.
enum class overflow_policy : std::uint8_t {
    block,       ///< the sender waits for room, within its own timeout (backpressure)
    reject,      ///< the sender gets `errc::mailbox_full`
    drop_newest, ///< the new message is lost
    /// The oldest waiting message is lost. While the receiver runs a handler the oldest cannot be
    /// removed; when 65,536 more than the limit have come, the newest are lost instead.
    drop_oldest,
};

/// How many messages may wait for a process, and what happens to the next one.
struct mailbox_limit {
    std::uint32_t messages = 0; ///< 0: no bound
    overflow_policy policy = overflow_policy::block;
};

/// How a process starts, where the defaults do not fit.
struct spawn_options {
    bool link = false; ///< linked to the spawning process before it runs
    coppice::priority priority = priority::normal; ///< `low` for much processor time
    mailbox_limit mailbox = {};
    std::string_view label = {}; ///< a name for logs and process_info; not registered
};

namespace detail {
/// What the runtime must know of a function that is to be a process.
struct raw_type {
    std::string_view name;
    void (*run)(void*);           // runs and disposes of the callable
    void (*drop)(void*) noexcept; // disposes of a callable that never ran
};
pid spawn_raw(const raw_type& type,
              void* callable,
              const spawn_options& options,
              monitor_ref* watch);

template <class F, class... Args>
struct body {
    F f;
    std::tuple<Args...> args;

    body(F&& g, Args&&... a) : f(std::move(g)), args(std::move(a)...) {}
    static body* make(F g, Args... a) {
        if constexpr (alignof(body) <= 64)
            return make_in_cell<body>(std::move(g), std::move(a)...);
        else
            return new body{std::move(g), std::move(a)...};
    }
    static void run(void* self) {
        struct owner {
            body* b;
            ~owner() { drop(b); }
        } o{static_cast<body*>(self)};
        std::apply(std::move(o.b->f), std::move(o.b->args));
    }
    static void drop(void* self) noexcept {
        if constexpr (alignof(body) <= 64)
            dispose(static_cast<body*>(self));
        else
            delete static_cast<body*>(self);
    }
    static constexpr raw_type type{type_name<F>(), &run, &drop};
};

template <class F, class... Args>
pid spawn_body(const spawn_options& o, monitor_ref* watch, F&& f, Args&&... args) {
    using B = body<std::decay_t<F>, std::decay_t<Args>...>;
    constexpr bool fits = std::is_invocable_v<std::decay_t<F>, std::decay_t<Args>...>;
    static_assert(fits, "coppice: spawn: the function cannot be called with these arguments (each "
                        "is copied or moved into the new process)");
    if constexpr (fits)
        return spawn_raw(B::type, B::make(std::forward<F>(f), std::forward<Args>(args)...), o,
                         watch);
    else
        return {};
}
} // namespace detail

/// Starts a function process: it runs `f(args...)` and exits when it returns, with reason `normal`.
///
/// The arguments are copied or moved into the new process; capture nothing by reference.
/// Errors: call_error with `not_running` without a runtime.
/// Context: any thread; does not suspend.
/// Source: OTP, spawn/1, spawn_link/1, spawn_monitor/1, spawn_opt/2.
template <class F, class... Args>
requires(!std::is_same_v<std::remove_cvref_t<F>, spawn_options>) pid spawn(F&& f, Args&&... args) {
    return detail::spawn_body({}, nullptr, std::forward<F>(f), std::forward<Args>(args)...);
}
/// The same with options. With `link`, inside a process only.
template <class F, class... Args>
pid spawn(const spawn_options& o, F&& f, Args&&... args) {
    return detail::spawn_body(o, nullptr, std::forward<F>(f), std::forward<Args>(args)...);
}
/// Linked to the caller before it runs. Context: inside a process.
template <class F, class... Args>
pid spawn_link(F&& f, Args&&... args) {
    return detail::spawn_body({.link = true}, nullptr, std::forward<F>(f),
                              std::forward<Args>(args)...);
}

/// A process and the monitor on it.
struct spawned {
    pid process;
    monitor_ref monitor;
};
/// Monitored by the caller before it runs: its `down` tells the true reason. Context: inside a
/// process.
template <class F, class... Args>
spawned spawn_monitor(F&& f, Args&&... args) {
    spawned s;
    s.process = detail::spawn_body({}, &s.monitor, std::forward<F>(f), std::forward<Args>(args)...);
    return s;
}

} // namespace coppice
