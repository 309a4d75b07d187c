// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "process/process.hpp"
#include <coppice/error.hpp>
#include <optional>

namespace coppice::detail {

/// Would a wait of `caller` for `server` close a ring of processes that wait for each other? Then
/// the failure names the whole chain. Who waits for room in a mailbox that has some is no link of a
/// ring: it is about to see the room.
///
/// The caller has stored what it waits for and has fenced, so of several callers that close a cycle
/// at the same moment at least one sees it. Model: `room`.
std::optional<failure> find_call_cycle(const process& caller, pid server);

} // namespace coppice::detail
