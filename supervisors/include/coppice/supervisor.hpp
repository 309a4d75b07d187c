// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/detail/supervisor_server.hpp>
#include <functional>

namespace coppice {

/// A process that starts its children, watches them, and renews those that fail.
///
/// It starts them in the given order and stops them in the reverse order. Whoever crashes comes
/// back in a fresh state under the same name. When that happens too often the supervisor gives up
/// and exits, and its own supervisor renews the whole branch: a fault climbs until somebody can
/// cure it.
///
/// It is an ordinary server: `start_link<supervisor>(flags, children)`, or a child of another one:
/// `child<supervisor>("storage", {.strategy = rest_for_one}, {child<a>("a"), child<b>("b")})`.
///
/// Errors: its start fails with `{shutdown, {failed_to_start_child, Id, Reason}}` when a child does
/// not start (those before it are stopped again), with `{supervisor_data, _}` for wrong flags and
/// `{start_spec, _}` for a wrong spec. Having given up it exits with `shutdown`.
/// Context: a process that traps exits. Exit signals of others than its children and its parent
/// are ignored.
/// Source: OTP, module supervisor, and "Supervisor Behaviour" in the OTP Design Principles.
class supervisor final : public detail::supervisor_server {
public:
    supervisor(const supervisor_flags& flags, std::vector<child_spec> children);
    /// OTP's `init/1`: runs in the supervisor's process, anew at each of its starts. It may throw,
    /// say `this_process::exit(reason)`, or `this_process::ignore()`.
    explicit supervisor(const std::function<supervisor_spec()>& init);
    ~supervisor();

    /// Starts a child that does not run. Errors: `not_found`, `running`, `restarting`, and
    /// `start_failed`; then it stays stopped.
    static started_child restart_child(const supervisor_ref& sup, std::string_view id);
    static result<started_child> try_restart_child(const supervisor_ref& sup, std::string_view id);
    /// Forgets the spec of a child that does not run. Errors: `not_found`, `running`, `restarting`.
    static void delete_child(const supervisor_ref& sup, std::string_view id);
    static result<void> try_delete_child(const supervisor_ref& sup, std::string_view id);
};

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
