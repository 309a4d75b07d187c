// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/error.hpp>
#include <coppice/pid.hpp>

/// What an operator asks of a running server.
///
/// Errors: `noproc`, `exited`, `timeout`, `calling_self`; thrown as call_error, or returned by the
/// `try_` forms. A function process cannot be suspended: `no_reply`.
/// Context: any process, and any thread; waits for the server to come to the request.
/// Source: OTP, module sys.
namespace coppice::sys {

/// Suspends a server: until `resume` it handles no message, which wait in its mailbox. It still
/// ends by exit signals, and its supervisor can stop it. Suspending it twice is no error.
void suspend(pid server, time_limit timeout = default_call_timeout);
result<void> try_suspend(pid server, time_limit timeout = default_call_timeout);

/// Lets a suspended server go on with what has come meanwhile.
void resume(pid server, time_limit timeout = default_call_timeout);
result<void> try_resume(pid server, time_limit timeout = default_call_timeout);

} // namespace coppice::sys
