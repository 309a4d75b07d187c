// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "process.hpp"

// The end of a process, in the order that others may rely on:
// terminate has run -> names are gone -> open calls are answered with the reason -> the server
// object is destroyed -> links and monitors are told -> the slot is free.
namespace coppice::detail {

/// Names go, mail is refused from here on, and everybody who waits for an answer gets the reason.
void close_process(process& p, const exit_reason& reason);
/// Links, monitors, and those who asked us to stop or to start.
void tell_the_others(process& p, const exit_reason& reason);
/// Destroys the server object or the callable, if there is one.
void destroy_state(process& p) noexcept;
/// Gives everything back. The process must be closed and the others told.
void lay_to_rest(process& p) noexcept;

/// The logical death of a process whose handler still stands on a stack: all but its own memory.
void bury(process& p, const exit_reason& reason);
/// All of it.
void end_process(process& p, const exit_reason& reason);

/// Memory for a server object.
void* allocate_state(const server_type& t);
void free_state(const server_type& t, void* state) noexcept;

} // namespace coppice::detail
