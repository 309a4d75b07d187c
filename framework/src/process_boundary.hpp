// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/exit_reason.hpp>

namespace coppice::detail {

/// What the exception that is being handled says about the end of a process: its type, its text and
/// where it was thrown. A failed call ends the caller with the reason of the failure.
exit_reason reason_of_current_exception();
/// The same inside the handler that caught `e`.
exit_reason reason_of_handled(const std::exception& e);
exit_reason reason_of_exception(const std::exception_ptr& e);

} // namespace coppice::detail
