// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "process/process.hpp"

// A look at what only the process itself may read: its links and monitors. The question comes as a
// signal, so that a process which waits inside a handler answers too.
namespace coppice::detail {

/// Answers the look that a signal carries. Owner only.
void answer_look(process& p, std::uint64_t asked) noexcept;
/// The answer of the dead.
void refuse_look(std::uint64_t asked) noexcept;

} // namespace coppice::detail
