// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "process/process.hpp"

namespace coppice::detail {

struct end_watch;

struct runtime_state;

/// A slot for a new process of the runtime that the caller visits. The caller owns it, and must
/// schedule it or take it back before the guard ends. Any thread. Null when no runtime runs, and
/// from the moment in which it begins to stop.
///
/// Errors: std::bad_alloc when there are too many processes.
process* new_process(runtime_state* visited, mailbox_limit mailbox);
/// Links and monitors from the spawn on, from the calling process.
void tie_to_parent(process& child, bool link, monitor_ref* watch);
/// The process never ran: only the caller has seen its pid.
void take_back(process& p, bool linked, const monitor_ref* watch);

/// spawn_raw, and `by` is told when the process is gone.
pid spawn_watched(const raw_type& type,
                  void* callable,
                  const spawn_options& options,
                  end_watch& by);

std::uint64_t next_reference() noexcept;

} // namespace coppice::detail
