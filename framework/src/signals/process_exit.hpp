// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "process/process.hpp"

// The end of a process, in two runs of steps whose order others may rely on (process_exit.cpp names
// them).
//
// It exits: its names are gone, its mailbox refuses, and callers that wait in it are answered. A
// process that is killed inside a handler exits while its stack still stands.
//
// It is released, when no code of it stands on a stack any more: the call in hand is answered, its
// object is destroyed, links and monitors are told, and the slot is free. So a process that is told
// of the end of a server may take over what its object held. Two things let links and monitors be
// told before that: the process catches the exception that ends it and waits again, or it was
// killed and a destructor waits for longer than `longest_unwinding`.
//
// Each step may run code of the user, a destructor of a message or of the server, which may wait,
// and may end in std::terminate. Then another stack repeats the run: a step that was done does
// nothing the second time.
namespace coppice::detail {

/// A killed process whose destructors wait keeps its links and monitors waiting for so long.
inline constexpr std::chrono::seconds longest_unwinding{1};

/// The process exits, for good. Its stack may still stand.
void exit_logically(process& p, const exit_reason& reason);
/// Links, monitors, and those who asked us to stop. Once; on the process's own thread.
void notify_links_and_monitors(process& p, const exit_reason& reason);
/// All of it, or what is left of it: the process is gone. One that has exited before keeps the
/// reason with which it was told to end.
void end_process(process& p, const exit_reason& reason);

/// The process waits while its objects are destroyed: arms the timer of `longest_unwinding` if it
/// was killed.
void limit_unwinding(process& p);

/// Memory for a server object.
void* allocate_state(const server_type& t);
void free_state(const server_type& t, void* state) noexcept;

} // namespace coppice::detail
