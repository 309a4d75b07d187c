// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/gen_server.hpp>

namespace coppice {

class supervisor;
class dynamic_supervisor;
class task_supervisor;

/// A reference to any supervisor: what the verbs of `supervisor` and `dynamic_supervisor` take.
///
/// Made where it is needed from a `server_ref`, a `server_name` or a registry's entry; a name is
/// looked up at that moment. It keeps nothing alive.
///
/// Context: any thread.
class supervisor_ref {
public:
    supervisor_ref(const server_ref<supervisor>& s);
    supervisor_ref(const server_ref<dynamic_supervisor>& s);
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
    supervisor_ref(const via<Key, task_supervisor, Value>& name)
        : supervisor_ref{name.whereis()} {}

    pid process() const noexcept { return process_; }
    bool is_dynamic() const noexcept { return dynamic_; }

private:
    pid process_;
    bool dynamic_;
};

} // namespace coppice
