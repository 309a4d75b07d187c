// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/task_supervisor.hpp>

namespace chat {

inline constexpr coppice::server_name<coppice::task_supervisor> the_sessions{"sessions"};

/// The body of the process that accepts browsers on an open socket; each is a task of
/// `the_sessions`. It is given the page, or becomes a session.
void accept_browsers(int listening);

} // namespace chat
