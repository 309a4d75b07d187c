// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/detail/start_server.hpp>

/// How a server starts: `start<S>(args...)`, `start_link<S>(args...)`, `start_monitor<S>(args...)`.
///
/// The arguments go to the constructor of S, which is OTP's init: it runs in the new process, and
/// the start returns when it is done. It may throw, call `this_process::exit(reason)` or
/// `this_process::ignore()`. What the defaults do not fit stands first, in `start_options`:
///
///     auto c = start<counter>(0);
///     auto d = start_link<counter>({.name = the_counter, .timeout = 1s}, 0);
///
/// The plain forms throw `call_error`, the `try_` forms return a `result`.
///
/// Errors of all: `start_failed` with the reason, `ignored`, `already_started` when the name is
/// taken (the constructor does not run), `timeout`, `not_running` without a runtime. Nothing is
/// left behind then: no process, no name.
/// Context of all: any process, and any thread; suspends the process, or blocks the thread.
/// Source: OTP, gen_server:start, start_link and start_monitor.
namespace coppice {

/// How a server starts, where the defaults do not fit.
template <class S>
struct start_options {
    name_of<S> name = {}; ///< a `server_name` or an entry of a `registry`
    /// For the constructor; then the process is killed. With a timeout the constructor gets copies
    /// of its arguments, or what was moved; where that is not possible, it gets references, and the
    /// start also waits until a constructor that computes or blocks has come to an end.
    time_limit timeout = infinity;
    /// How many messages may wait. A server class may have another default, its member
    /// `static constexpr mailbox_limit default_mailbox`.
    mailbox_limit mailbox = detail::mailbox_of<S>();
    /// A call whose caller has given up by the time it is taken out of the mailbox is not handled:
    /// under load that work would be for nothing. `process_info` counts such
    /// (`late_requests`). OTP handles them; so does this, where nothing is said. A server class
    /// may have another default, its member `static constexpr bool skip_late_requests`.
    bool skip_late_requests = detail::skips_late_requests<S>;
};

namespace detail {
template <class... Args>
inline constexpr bool begins_with_options = false;
template <class S, class... Args>
inline constexpr bool begins_with_options<start_options<S>, Args...> = true;
template <class... Args>
concept constructor_arguments = !begins_with_options<std::remove_cvref_t<Args>...>;

struct start_access {
    template <class S>
    static server_start_options options(const start_options<S>& o) {
        return plain(o.name.name_, o.timeout, o.mailbox, o.skip_late_requests);
    }

private:
    static server_start_options plain(const start_name& name,
                                      time_limit timeout,
                                      const mailbox_limit& mailbox,
                                      bool skip_late_requests);
};
} // namespace detail

/// Starts a server; returns when its constructor is done.
template <class S, class... Args>
result<server_ref<S>> try_start(const start_options<S>& o, Args&&... args) {
    return detail::start<S>(detail::start_access::options(o), std::forward<Args>(args)...);
}
template <class S, class... Args>
requires detail::constructor_arguments<Args...> result<server_ref<S>> try_start(Args&&... args) {
    return try_start<S>(start_options<S>{}, std::forward<Args>(args)...);
}
template <class S, class... Args>
server_ref<S> start(const start_options<S>& o, Args&&... args) {
    return try_start<S>(o, std::forward<Args>(args)...).value();
}
template <class S, class... Args>
requires detail::constructor_arguments<Args...> server_ref<S> start(Args&&... args) {
    return try_start<S>(start_options<S>{}, std::forward<Args>(args)...).value();
}

/// The same, linked to the caller before the constructor runs.
///
/// A start that fails is an exit signal to the caller as well: one that does not trap exits ends.
/// Errors: std::logic_error outside a process.
template <class S, class... Args>
result<server_ref<S>> try_start_link(const start_options<S>& o, Args&&... args) {
    auto how = detail::start_access::options(o);
    how.link = true;
    return detail::start<S>(how, std::forward<Args>(args)...);
}
template <class S, class... Args>
requires detail::constructor_arguments<Args...> result<server_ref<S>> try_start_link(
    Args&&... args) {
    return try_start_link<S>(start_options<S>{}, std::forward<Args>(args)...);
}
template <class S, class... Args>
server_ref<S> start_link(const start_options<S>& o, Args&&... args) {
    return try_start_link<S>(o, std::forward<Args>(args)...).value();
}
template <class S, class... Args>
requires detail::constructor_arguments<Args...> server_ref<S> start_link(Args&&... args) {
    return try_start_link<S>(start_options<S>{}, std::forward<Args>(args)...).value();
}

/// A server and the monitor on it.
template <class S>
struct monitored {
    server_ref<S> server;
    monitor_ref monitor;
};

/// The same, monitored by the caller before the constructor runs: its `down` tells the true reason.
///
/// Errors: std::logic_error outside a process. A start that fails leaves no monitor.
template <class S, class... Args>
result<monitored<S>> try_start_monitor(const start_options<S>& o, Args&&... args) {
    monitored<S> m;
    auto how = detail::start_access::options(o);
    how.monitor = &m.monitor;
    auto started = detail::start<S>(how, std::forward<Args>(args)...);
    if (!started)
        return std::move(started).error();
    m.server = *started;
    return m;
}
template <class S, class... Args>
requires detail::constructor_arguments<Args...> result<monitored<S>> try_start_monitor(
    Args&&... args) {
    return try_start_monitor<S>(start_options<S>{}, std::forward<Args>(args)...);
}
template <class S, class... Args>
monitored<S> start_monitor(const start_options<S>& o, Args&&... args) {
    return try_start_monitor<S>(o, std::forward<Args>(args)...).value();
}
template <class S, class... Args>
requires detail::constructor_arguments<Args...> monitored<S> start_monitor(Args&&... args) {
    return try_start_monitor<S>(start_options<S>{}, std::forward<Args>(args)...).value();
}

} // namespace coppice
