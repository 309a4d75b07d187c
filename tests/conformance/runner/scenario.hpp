// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "json.hpp"
#include <filesystem>
#include <vector>

namespace conformance {

/// The lines of a scenario file, or of a trace.
using lines = std::vector<json::object>;

/// Errors: std::runtime_error with file and line for what cannot be read.
lines read_scenario(const std::filesystem::path& file);

/// Executes a scenario and returns its raw trace.
///
/// Context: a plain thread; once in a program. Starts and stops a runtime.
lines run_scenario(const lines& scenario, std::size_t threads);

} // namespace conformance
