// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/pid.hpp>
#include <coppice/shutdown_policy.hpp>
#include <functional>
#include <span>

namespace coppice::detail {

/// Ends a process that is linked to the caller and waits until it is gone. Says how it ended.
///
/// It is monitored, told, and after its time killed; then the link is taken away and whatever the
/// link still brought is removed from the mailbox. The link stays until then: if the caller itself
/// is killed meanwhile, the process must not outlive it.
/// Context: suspends the calling process, at most for the policy's time where that ends.
exit_reason stop_process(pid process, const shutdown_policy& how);

/// The same for many at once: the time it takes is that of the slowest, not the sum.
///
/// `ended(i, reason)` is called once for each, in the order in which they end.
struct stop_order {
    pid process;
    shutdown_policy how;
};
void stop_together(std::span<const stop_order> orders,
                   const std::function<void(std::size_t, const exit_reason&)>& ended);

} // namespace coppice::detail
