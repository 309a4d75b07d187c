// SPDX-License-Identifier: BSL-1.0
#pragma once

namespace coppice {

struct brutal_kill_t {};
/// "Kill at once", wherever it is said how long a process may take to stop: in a `shutdown_policy`,
/// and in `task::shutdown`.
inline constexpr brutal_kill_t brutal_kill{};

} // namespace coppice
