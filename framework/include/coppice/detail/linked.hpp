// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/pid.hpp>

namespace coppice::detail {

/// Is the calling process linked with `other`, so that it will be told of its end? False once it
/// was told.
///
/// A supervisor asks when a monitor says `noproc`: a child that has exited, and whose objects are
/// about to be destroyed, is no process any more, but still owes its link the reason.
bool is_linked(pid other);

} // namespace coppice::detail
