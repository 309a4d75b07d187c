// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/pid.hpp>
#include <coppice/shutdown_policy.hpp>
#include <functional>
#include <span>

namespace coppice::detail {

/// Stops a process that is linked to the caller, waits for its exit, and returns the reason.
///
/// The caller monitors the process, sends it `shutdown`, and kills it after its timeout; then it
/// unlinks it and removes the link's exit signal from the mailbox. The link stays until then: if
/// the caller itself is killed meanwhile, the process must not outlive it.
/// Context: suspends the calling process, until the policy's timeout if that is finite.
exit_reason stop_process(pid process, const shutdown_policy& how);

/// The same for many processes at once: it takes as long as the slowest one, not the sum.
///
/// `ended(i, reason)` is called once for each process, in the order in which they exit.
struct stop_order {
    pid process;
    shutdown_policy how;
};
void stop_together(std::span<const stop_order> orders,
                   const std::function<void(std::size_t, const exit_reason&)>& ended);

} // namespace coppice::detail
