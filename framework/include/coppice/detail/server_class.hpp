// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/detail/server.hpp>

namespace coppice::detail {

/// The class of the server that this process is; null when it has exited, or runs a function.
///
/// Context: any thread; does not suspend.
const server_type* class_of(pid process) noexcept;

} // namespace coppice::detail
