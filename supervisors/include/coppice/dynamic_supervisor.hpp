// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/detail/supervisor_server.hpp>

namespace coppice {

/// How a dynamic supervisor treats its children.
///
/// Units: `period` is any duration above zero.
/// Source: Elixir, DynamicSupervisor; `backoff` is ours.
struct dynamic_supervisor_flags {
    std::size_t max_children = static_cast<std::size_t>(-1); ///< further starts are refused
    unsigned intensity = 3;
    time_span period = std::chrono::seconds{5};
    coppice::backoff backoff = {};
};

/// A supervisor of children that come while the program runs: a process for each connection, each
/// room, each job.
///
/// It starts without children. They are independent of each other, each brings its own spec, and
/// there may be a million of them: starting and stopping one takes the same time however many there
/// are. At its end they are all stopped at once.
///
/// `dynamic_supervisor::start_child(the_rooms, child<room>(rooms(name)).restart(temporary))`.
/// Ids are for reports only and need not differ; children are terminated by pid.
///
/// Errors: `max_children` when it is full; else as `supervisor_verbs` says.
/// Context: a process that traps exits.
/// Source: Elixir, DynamicSupervisor.
class dynamic_supervisor : public supervisor_verbs, private detail::supervisor_server {
public:
    using detail::supervisor_server::keeps_normal_priority;

    explicit dynamic_supervisor(const dynamic_supervisor_flags& flags = {});
    ~dynamic_supervisor();

private:
    friend handler_access;
    using detail::supervisor_server::format_status;
    using detail::supervisor_server::handle_call;
    using detail::supervisor_server::handle_info;
    using detail::supervisor_server::terminate;
};

/// A dynamic supervisor as a child.
template <std::same_as<dynamic_supervisor> S>
child_of<S> child(std::string id, const dynamic_supervisor_flags& flags = {}) {
    return child_of<S>{detail::make_child<S>(std::move(id), flags)};
}
template <std::same_as<dynamic_supervisor> S>
child_of<S> child(const server_name<S>& name, const dynamic_supervisor_flags& flags = {}) {
    return child_of<S>{detail::make_named_child<S, S>(name.text(), flags)};
}

} // namespace coppice
