// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "process/process.hpp"

// What sys is told of a process's messages, while after_flag::debugged is set. Owner only, inside
// of the process boundary: debug functions are code of users.
namespace coppice::detail {

/// `n` is about to be handled. If a debug function ends the process, `n` is refused.
void tell_arrival(process& p, envelope* n);
/// A handler has returned.
void tell_outcome(process& p, const envelope_ops& handled, pid caller);
/// A `from` is about to answer in a process that is debugged. If the caller is its own, that is
/// told when the handler is done.
void note_reply(process& p, const request& r) noexcept;

/// Sets or clears after_flag::debugged, and gives back what is not needed.
void debugging_has_changed(process& p) noexcept;

/// The answer of a function process that does not take part.
failure does_not_answer_sys(const process& p);
/// What functions of sys work on: the server object, or what a function process takes part with.
void* system_state(const process& p) noexcept;

} // namespace coppice::detail
