// SPDX-License-Identifier: BSL-1.0
#include <coppice/dynamic_supervisor.hpp>
#include <coppice/partition_supervisor.hpp>
#include <coppice/supervisor.hpp>
#include <coppice/task_supervisor.hpp>

namespace coppice {

supervisor_ref::supervisor_ref(const server_ref<supervisor>& s)
    : process_{s.process()}, kind_{detail::supervisor_kind::ordered} {}
supervisor_ref::supervisor_ref(const server_ref<dynamic_supervisor>& s)
    : process_{s.process()}, kind_{detail::supervisor_kind::dynamic} {}
supervisor_ref::supervisor_ref(const server_ref<partition_supervisor>& s)
    : process_{s.process()}, kind_{detail::supervisor_kind::partition} {}
supervisor_ref::supervisor_ref(const server_name<supervisor>& name)
    : supervisor_ref{name.whereis()} {}
supervisor_ref::supervisor_ref(const server_name<dynamic_supervisor>& name)
    : supervisor_ref{name.whereis()} {}
supervisor_ref::supervisor_ref(const server_ref<task_supervisor>& s)
    : process_{s.process()}, kind_{detail::supervisor_kind::dynamic} {}
supervisor_ref::supervisor_ref(const server_name<task_supervisor>& name)
    : supervisor_ref{name.whereis()} {}

} // namespace coppice
