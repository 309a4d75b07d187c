// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice.hpp>
#include <string>
#include <string_view>

namespace alarms {

inline constexpr coppice::server_name<coppice::supervisor> the_root{"alarms"};

/// Does what one line asks for: `SET id severity text`, `CLEAR id`, `LIST`, `COUNT`, `HANDLERS`,
/// `TREE`. The answer's last line is `OK`, or begins with `ERROR`.
///
/// Context: a process; suspends.
std::string run(std::string_view line);

} // namespace alarms
