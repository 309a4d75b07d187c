// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/exit_reason.hpp>
#include <string>

namespace coppice::detail {

/// The name of a type or a function as people write it; as it was where that is not known.
std::string demangled(const char* name);

/// What the exception that is being handled says about the end of a process: its type, its text and
/// where it was thrown. A failed call ends the caller with the reason of the failure.
exit_reason reason_of_current_exception();
/// The same inside the handler that caught `e`.
exit_reason reason_of_handled(const std::exception& e);
exit_reason reason_of_exception(const std::exception_ptr& e);

} // namespace coppice::detail
