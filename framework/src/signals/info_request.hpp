// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "process/envelope_tables.hpp"
#include "process/process.hpp"

// A look at what only the process itself may read: its links and monitors. The question comes as a
// signal, so that a process which waits inside a handler answers too.
namespace coppice::detail {

/// What a server handles while its `terminate` runs: it may wait long, as a supervisor's does.
inline constexpr envelope_ops terminate_operations = system_message("terminate", nullptr, nullptr);

/// Answers the look that a signal carries. Owner only.
void answer_look(process& p, std::uint64_t asked) noexcept;
/// The answer of the dead.
void refuse_look(std::uint64_t asked) noexcept;

} // namespace coppice::detail
