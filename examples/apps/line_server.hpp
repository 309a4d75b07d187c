// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/task_supervisor.hpp>
#include <string>
#include <string_view>

namespace apps {

inline constexpr coppice::server_name<coppice::task_supervisor> the_connections{"connections"};

/// The body of the process that accepts clients on an open socket. Each client is a task of
/// `the_connections`: it gets `answer(line)` for each line that it sends, until it goes.
///
/// Context: a process; `answer` runs in the client's, and may suspend it.
void accept_lines(int listening, std::string (*answer)(std::string_view line));

} // namespace apps
