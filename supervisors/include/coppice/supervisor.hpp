// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/detail/supervisor_server.hpp>
#include <functional>

namespace coppice {

/// A process that starts its children, monitors them, and restarts those that fail.
///
///     inline constexpr server_name<counter> the_counter{"counter"};
///
///     int main() {
///         return application{{.strategy = one_for_one, .intensity = 3, .period = 5s},
///                            {child<counter>(the_counter, 0),
///                             child<supervisor>("storage", {.strategy = rest_for_one},
///                                               {child<disk>("disk"), child<cache>("cache")})}}
///             .run();
///     }
///
/// **Order.** It starts its children in the given order and stops them in the reverse order. A
/// child that crashes is started again with the arguments of its spec, under the same name.
///
/// **Strategy.** Which other children are restarted with it: see `restart_strategy`.
///
/// **Intensity.** After more than `intensity` restarts within `period` the supervisor stops its
/// children and exits with `shutdown`; its own supervisor then restarts the whole branch. So a
/// fault that a fresh child does not cure climbs the tree until a fresh branch does.
///
/// **Children.** `child<S>(id_or_name, args...)` makes the spec of a server, `child<task<>>` of a
/// function, `child_from` of what a function makes; `.restart(transient)`, `.shutdown(10s)`,
/// `.significant()` and `.mailbox(...)` change it. A spec in words, from a file or a request, is
/// checked by check_spec.hpp.
///
/// **While it runs.** `supervisor::start_child(the_tree, child<S>(...))` and the other verbs of
/// `supervisor_verbs`. Children of one kind that come and go in great numbers belong under a
/// `dynamic_supervisor`.
///
/// **How to start one.** It is an ordinary server: `start_link<supervisor>(flags, children)`, the
/// root of an `application`, or the child of another supervisor.
///
/// **When not.** A supervisor decides only whether a child is restarted. What to do about an error
/// that is expected is a matter for the server that meets it.
///
/// **Debugging.** `which_children` and `count_children` show the tree; each start, end and restart
/// is a report (report.hpp), which a test can subscribe to.
///
/// Errors: its start fails with `{shutdown, {failed_to_start_child, Id, Reason}}` when a child does
/// not start (those before it are stopped again), with `{supervisor_data, _}` for wrong flags and
/// `{start_spec, _}` for a wrong spec. After too many restarts it exits with `shutdown`.
/// Context: a process that traps exits. Exit signals of processes that are neither its children nor
/// its parent are ignored.
/// Source: OTP, module supervisor, and "Supervisor Behaviour" in the OTP Design Principles.
class supervisor final : public supervisor_verbs, private detail::supervisor_server {
public:
    using detail::supervisor_server::keeps_normal_priority;

    supervisor(const supervisor_flags& flags, std::vector<child_spec> children);
    /// OTP's `init/1`: runs in the supervisor's process, anew at each of its starts. It may throw,
    /// call `this_process::exit(reason)`, or `this_process::ignore()`.
    explicit supervisor(const std::function<supervisor_spec()>& init);
    ~supervisor();

    /// Starts a child that does not run. Errors: `not_found`, `running`, `restarting`, and
    /// `start_failed`; then it stays stopped.
    static started_child restart_child(const supervisor_ref& sup, std::string_view id);
    static result<started_child> try_restart_child(const supervisor_ref& sup, std::string_view id);
    /// Forgets the spec of a child that does not run. Errors: `not_found`, `running`, `restarting`.
    static void delete_child(const supervisor_ref& sup, std::string_view id);
    static result<void> try_delete_child(const supervisor_ref& sup, std::string_view id);

private:
    friend handler_access;
    using detail::supervisor_server::format_status;
    using detail::supervisor_server::handle_call;
    using detail::supervisor_server::handle_info;
    using detail::supervisor_server::terminate;
};

template <>
inline constexpr std::string_view detail::behaviour_of<supervisor> = "supervisor";

/// A supervisor as a child: it stops when all of its own children have, however long that takes.
template <std::same_as<supervisor> S>
child_of<S> child(std::string id, const supervisor_flags& flags, std::vector<child_spec> children) {
    return child_of<S>{detail::make_child<S>(std::move(id), flags, std::move(children))};
}
template <std::same_as<supervisor> S>
child_of<S> child(const server_name<S>& name,
                  const supervisor_flags& flags,
                  std::vector<child_spec> children) {
    return child_of<S>{detail::make_named_child<S, S>(name.text(), flags, std::move(children))};
}

} // namespace coppice
