// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/child_spec.hpp>
#include <coppice/detail/child_start.hpp>
#include <coppice/gen_server.hpp>

namespace coppice {

/// A child spec that remembers which server it starts, so that `start_child` can return a typed
/// reference.
///
/// `child<counter>(the_counter, 0).restart(transient).shutdown(10s)`.
///
/// Shape: a `child_spec`; the functions below return it changed.
/// Context: a value; one thread at a time.
template <class S>
class child_of : public child_spec {
public:
    explicit child_of(child_spec c) : child_spec{std::move(c)} {}

    child_of restart(restart_type r) && {
        child_spec::restart = r;
        return std::move(*this);
    }
    child_of shutdown(shutdown_policy p) && {
        child_spec::shutdown = p;
        return std::move(*this);
    }
    /// See `auto_shutdown`.
    child_of significant(bool yes = true) && {
        child_spec::significant = yes;
        return std::move(*this);
    }
    /// A bound for its mailbox.
    child_of mailbox(mailbox_limit m) && requires(!detail::is_task<S>) {
        child_spec::start = detail::with_mailbox(child_spec::start, m);
        return std::move(*this);
    }
};

/// A child: its id, and what its constructor gets at every start.
///
/// The spec keeps copies of the arguments, and each start passes fresh copies of those: a restarted
/// server must not find its arguments moved away. Text given as a literal or `const char*` is kept
/// as the pointer it is; a `string_view` keeps its text nowhere, so give a `string`.
/// What cannot be copied is made by `child_from`.
///
/// A child that is a plain function: `child<task<>>("poller", poll_for_ever)`.
///
/// Source: Elixir, `{Counter, 0}` in a supervisor's list.
template <class S, class... Args>
child_of<S> child(std::string id, Args&&... args) {
    return child_of<S>{detail::make_child<S>(std::move(id), std::forward<Args>(args)...)};
}

/// A child that is registered under a name; the name is its id as well.
template <class S, class T, class... Args>
child_of<S> child(const server_name<T>& name, Args&&... args) {
    return child_of<S>{detail::make_named_child<T, S>(name.text(), std::forward<Args>(args)...)};
}
/// A child that is registered under a key. Its id is the registry's name, and the key where that is
/// text or a number: `sessions/ann`.
template <class S, class Key, class T, class Value, class... Args>
child_of<S> child(const via<Key, T, Value>& name, Args&&... args) {
    return child_of<S>{detail::make_keyed_child<S>(name, std::forward<Args>(args)...)};
}

/// A child that a function makes anew at each start, in the new process.
///
/// The server need be neither copyable nor movable, and the function may own what cannot be copied.
template <class F, class S = std::invoke_result_t<F&>>
child_of<S> child_from(std::string id, F make) {
    return child_of<S>{detail::make_child_from<S>(std::move(id), std::move(make))};
}

/// The one child spec of a `simple_one_for_one` supervisor: each child is constructed as
/// `S(args..., extra...)`, `extra` being what `start_child<S>(sup, extra...)` gives, of exactly the
/// types `Extra...`.
template <class S, class... Extra, class... Args>
child_of<S> child_template(std::string id, Args&&... args) {
    return child_of<S>{detail::make_template<S>(
        std::move(id), static_cast<std::tuple<Extra...>*>(nullptr), std::forward<Args>(args)...)};
}

} // namespace coppice
