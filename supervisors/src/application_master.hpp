// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/exit_reason.hpp>
#include <coppice/pid.hpp>

// What the top supervisor tells the application master, its parent. A supervisor exits with
// `shutdown` when it gives up, as in OTP, and also when all its work is done: for a program the two
// differ. And a supervisor exits only when all its children have stopped, for which the application
// has a timeout.
namespace coppice::detail::application_master {

/// Sent to the master: the tree begins to stop by itself.
struct tree_stops {
    exit_reason why;
    bool gave_up = false;
};

/// The master calls it before it starts the tree.
void set(pid master) noexcept;

/// A supervisor that gives up calls it before it stops.
void note_gave_up() noexcept;
/// A supervisor calls it before it stops its children. No effect in lower supervisors.
void tell_of_stop(const exit_reason& why);

} // namespace coppice::detail::application_master
