// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/task_supervisor.hpp>

namespace bank {

inline constexpr coppice::server_name<coppice::task_supervisor> the_connections{"connections"};

/// The body of the process that accepts clients on an open socket; each is a task of
/// `the_connections`, and may ask many things.
void accept_clients(int listening);

} // namespace bank
