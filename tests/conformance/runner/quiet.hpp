// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <chrono>

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

/// The longest time for which the machine held this scenario up so far: a look came that late, or
/// another thread wanted to run for so long. What a scenario does takes microseconds.
std::chrono::steady_clock::duration held_up() noexcept;

} // namespace conformance
