// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/exit_reason.hpp>
#include <coppice/pid.hpp>

// What the master of the running application, the parent of the top supervisor, wants to know of it. A
// supervisor exits with `shutdown` when it gives up, as in OTP, and also when it has done all that there
// was to do: for a program the two are not the same. And its exit comes only when all its children have
// stopped, for which the application has a limit.
namespace coppice::detail::application_master {

/// To the master: the tree begins to stop by itself.
struct tree_stops {
    exit_reason why;
    bool gave_up = false;
};

/// The master, before it starts the tree.
void set(pid master) noexcept;

/// A supervisor that gives up, before it stops.
void note_gave_up() noexcept;
/// A supervisor, before it stops its children. Does nothing in one that is not the top of an application.
void tell_of_stop(const exit_reason& why);

} // namespace coppice::detail::application_master
