// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "messaging/call.hpp"

namespace coppice::detail {

/// Waits, in a process or on a plain thread, until one of the pending requests is answered. Its
/// index; `count` when the time was up.
std::size_t wait_for_any(request* const* requests, std::size_t count, time_limit timeout);

} // namespace coppice::detail
