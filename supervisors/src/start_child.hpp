// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/child_spec.hpp>

namespace coppice::detail {

/// Calls the start function of a child. An exception, `this_process::exit` or `ignore` in it
/// becomes its result: a start that fails must not end the supervisor.
///
/// Shape: the code of a failure is `already_started`, `max_children`, `bad_spec`, a code about
/// names, or `start_failed`; never a code that a failed call to the supervisor could have.
start_result start_guarded(const child_spec& spec, const start_args& args = {});

} // namespace coppice::detail
