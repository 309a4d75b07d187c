// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "process.hpp"

namespace coppice::detail {

/// A slot for a new process, owned by the caller, who must schedule it or take it back. Any thread.
/// Errors: std::logic_error when no runtime runs; std::bad_alloc when there are too many processes.
process& new_process(mailbox_limit mailbox);
/// Links and monitors from birth, from the calling process.
void tie_to_parent(process& child, bool link, monitor_ref* watch);
/// The process never ran: nobody has seen its pid but the caller.
void take_back(process& p, bool linked, const monitor_ref* watch);

std::uint64_t next_reference() noexcept;

} // namespace coppice::detail
