// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "worker.hpp"

// Calls: a request goes to a server and its answer comes back, exactly once.
namespace coppice::detail {

/// The outcome is stored: it goes to whoever waits. The caller gives up its share.
void deliver(request* r) noexcept;
/// Stores a failure and delivers it.
void answer_failed(request* r, failure why) noexcept;
/// The first call to a process that the caller has just made and still owns. As call_and_wait.
[[nodiscard]] bool call_unborn(process& child, request* r, time_limit limit);
/// Delivers what a timer kept; never waits. Drops it when it cannot be delivered.
void post_from_timer(pid to, node* n);
/// A deferred caller that was not answered in its handler waits for us no longer: somebody else may
/// answer it, so it is no link in a ring of calls.
void forget_caller(const request& r) noexcept;

} // namespace coppice::detail
