// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/gen_server.hpp>

namespace coppice {

class supervisor;
class dynamic_supervisor;
class task_supervisor;
class partition_supervisor;
template <class S>
class partition_name;

namespace detail {
enum class supervisor_kind : std::uint8_t { ordered, dynamic, partition };
struct supervisor_access;
} // namespace detail

/// A reference to any supervisor: what the verbs of `supervisor` and `dynamic_supervisor` take.
///
/// Made where it is needed from a `server_ref`, a `server_name`, a registry's entry or one of
/// `partitions`; a name is looked up at that moment. It keeps nothing alive.
///
/// Context: any thread.
class supervisor_ref {
public:
    supervisor_ref(const server_ref<supervisor>& s);
    supervisor_ref(const server_ref<dynamic_supervisor>& s);
    supervisor_ref(const server_ref<partition_supervisor>& s);
    supervisor_ref(const server_name<supervisor>& name);
    supervisor_ref(const server_name<dynamic_supervisor>& name);
    supervisor_ref(const server_ref<task_supervisor>& s);
    supervisor_ref(const server_name<task_supervisor>& name);
    template <class Key, class Value>
    supervisor_ref(const via<Key, supervisor, Value>& name) : supervisor_ref{name.whereis()} {}
    template <class Key, class Value>
    supervisor_ref(const via<Key, dynamic_supervisor, Value>& name)
        : supervisor_ref{name.whereis()} {}
    template <class Key, class Value>
    supervisor_ref(const via<Key, task_supervisor, Value>& name) : supervisor_ref{name.whereis()} {}
    template <class S>
    requires(std::same_as<S, supervisor> || std::same_as<S, dynamic_supervisor>)
        supervisor_ref(const partition_name<S>& name)
        : supervisor_ref{name.whereis()} {}

    pid process() const noexcept { return process_; }
    bool is_dynamic() const noexcept { return kind_ == detail::supervisor_kind::dynamic; }

private:
    friend detail::supervisor_access;
    supervisor_ref(pid process, detail::supervisor_kind kind) noexcept
        : process_{process}, kind_{kind} {}
    pid process_;
    detail::supervisor_kind kind_;
};

} // namespace coppice
