// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "process.hpp"

namespace coppice::detail {

/// The first message of every server: run the constructor and tell the starter.
extern const node_ops start_operations;
inline bool is_start(const request& r) noexcept { return r.ops == &start_operations; }
/// The process ended before it came to its first message. The starter, whose stack the constructor would
/// have used, waits for this.
void constructor_never_began(request* r) noexcept;
/// The constructor has ended the process: the last thing that others learn of it.
void answer_start(request* r, const exit_reason& reason) noexcept;
/// The constructor stands on a stack that was abandoned, and uses nothing of the starter's any more.
/// Returns the object that is left half made.
void* leave_construction(request* r) noexcept;
/// Handles it. True: the server has ended.
bool construct_server(process& p, node* n);

} // namespace coppice::detail
