// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/pid.hpp>

// Messages that want no answer. What applications send with is in pid.hpp.
namespace coppice::detail {

/// Delivers what a timer kept; never waits. Drops it when it cannot be delivered.
void post_from_timer(pid to, envelope* n);
/// The same, but for a mailbox that is full and blocks its senders: false, and the envelope is
/// still the caller's.
bool post_if_room(pid to, envelope* n);

} // namespace coppice::detail
