// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "process.hpp"

namespace coppice::detail {

/// Would the call of `caller` to `server` close a ring of processes that wait for each other? Then
/// `r` fails with the whole chain.
///
/// The caller has stored whom it waits for and has fenced, so of several callers that close a ring
/// at the same moment at least one sees it.
bool find_call_cycle(const process& caller, pid server, request& r);

} // namespace coppice::detail
