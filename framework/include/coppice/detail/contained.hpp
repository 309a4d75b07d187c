// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/exit_reason.hpp>

namespace coppice::detail {

/// How a function came back that must not take its process with it.
struct contained {
    enum class end : std::uint8_t { returned, ignored, failed };
    end how = end::returned;
    exit_reason reason = {}; // of a failed one
};

/// Calls `f(context)` in the running process. An exception, `this_process::exit` and
/// `this_process::ignore` come back as a value; a deadly signal passes on.
///
/// For a supervisor's start functions: OTP catches what leaves them.
contained contain(void (*f)(void*), void* context);

} // namespace coppice::detail
