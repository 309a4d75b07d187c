// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/pid.hpp>

namespace coppice::detail {

/// Is called for each process that exits, on its own thread: after its names are gone and before
/// links and monitors are told. One hook for the program; null takes it away.
///
/// For recorders that must see an exit before any process can (tests/conformance).
/// Context: must not suspend and must not throw.
using exit_hook = void (*)(pid process, const exit_reason& reason);
void set_exit_hook(exit_hook hook) noexcept;

} // namespace coppice::detail
