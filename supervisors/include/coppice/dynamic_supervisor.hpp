// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/detail/supervisor_server.hpp>

namespace coppice {

/// How a dynamic supervisor treats its children.
///
/// Units: `period` is any duration above zero.
/// Source: Elixir, DynamicSupervisor; `backoff` and `intensity_warning` are ours.
struct dynamic_supervisor_flags {
    std::size_t max_children = static_cast<std::size_t>(-1); ///< further starts are refused
    unsigned intensity = 3;
    time_span period = std::chrono::seconds{5};
    coppice::backoff backoff = {};
    start_args extra_arguments = {}; ///< see `extra_arguments`
    bool intensity_warning = true;   ///< see `supervisor_flags`
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
/// What all children have in common, a connection or a setting, need not be in each spec: see
/// `extra_arguments`.
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

template <>
inline constexpr std::string_view detail::behaviour_of<dynamic_supervisor> = "supervisor";

/// A dynamic supervisor as a child.
template <std::same_as<dynamic_supervisor> S>
child_of<S> child(std::string id, const dynamic_supervisor_flags& flags = {}) {
    return child_of<S>{detail::make_child<S>(std::move(id), flags)};
}
template <std::same_as<dynamic_supervisor> S>
child_of<S> child(const server_name<S>& name, const dynamic_supervisor_flags& flags = {}) {
    return child_of<S>{detail::make_named_child<S, S>(name.text(), flags)};
}

/// What a dynamic supervisor puts before its children's own arguments, at each start and restart.
/// The types are said once, in an alias; both sides use it:
///
///     using room_arguments = extra_arguments<server_name<store>, limits>;
///     child<dynamic_supervisor>(the_rooms, {.extra_arguments = room_arguments{the_store, {}}})
///
///     // room{the_store, limits{}, "lobby"}; the compiler checks that there is such a constructor
///     dynamic_supervisor::start_child(the_rooms, room_arguments::child<room>("lobby", "lobby"));
///
/// Shape: the values, shared and never changed; each child is constructed from copies.
/// Errors: `bad_spec` from `start_child` when the supervisor has extra arguments and the child
/// takes none, or takes those of other types, or when the supervisor has none.
/// Context: a value; any thread.
/// Source: Elixir, DynamicSupervisor, option `extra_arguments`. There the number of arguments
/// decides which function is called; here a child says that it takes them.
template <class... Extra>
class extra_arguments {
public:
    explicit extra_arguments(Extra... values) : values_{start_args::of(std::move(values)...)} {}
    operator const start_args&() const noexcept { return values_; }

    /// A child that is constructed as `S(extra..., args...)`. The rest is as in `coppice::child`.
    template <class S, class... Args>
    static child_of<S> child(std::string id, Args&&... args) {
        return child_of<S>{detail::make_extra_child<S>(std::move(id), none, //
                                                       std::forward<Args>(args)...)};
    }
    /// The same under a name, a `server_name` or an entry of a `registry`, which is its id as well.
    template <class S, class Name, class... Args>
    requires std::constructible_from < name_of<S>,
    const Name& > static child_of<S> child(const Name& name, Args&&... args) {
        child_of<S> c = child<S>(std::string{name.text()}, std::forward<Args>(args)...);
        const auto registered = detail::start_access::options(start_options<S>{.name = name});
        c.start = detail::with_name(c.start, std::string{name.text()}, registered.binding);
        return c;
    }

private:
    static_assert((std::same_as<Extra, std::decay_t<Extra>> && ...),
                  "coppice: extra arguments are values: no references, no const");
    static constexpr std::tuple<Extra...>* none = nullptr;
    start_args values_;
};

} // namespace coppice
