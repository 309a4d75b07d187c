// SPDX-License-Identifier: BSL-1.0
#pragma once

namespace conformance {

/// Waits until the system is quiet (scenario.md, section 3): each process of the scenario waits in
/// its main loop with an empty mailbox, and three successive looks, 2 ms apart, agree.
///
/// A thread that has work but no processor would look idle through its processes, so no thread but
/// the caller's may want to run either.
///
/// Errors: after 20 s the event `not_quiet` is recorded.
/// Context: the driver's process.
void wait_until_quiet();

} // namespace conformance
