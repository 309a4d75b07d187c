// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "json.hpp"
#include <coppice/start_result.hpp>

// The workers of supervisor scenarios: function processes that follow their script.
namespace conformance {

/// A step tells the worker to end itself.
struct crash_order {
    json::value reason;
    bool raise; ///< as a raised error; else by `exit`
};

/// Starts the worker `path`, linked, and returns when it is ready (OTP's proc_lib:start_link).
///
/// Shape: `behaviour` is BEH of scenario.md, section 1.1.
/// Context: in its supervisor's process.
coppice::start_result start_worker(const std::string& path, const json::object& behaviour);

/// Starts a process that exits with `reason` before it is ready.
coppice::start_result start_crashing_worker(const json::value& reason);

} // namespace conformance
