// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "json.hpp"
#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

namespace conformance {

/// The lines of a scenario file, or of a trace.
using lines = std::vector<json::object>;

/// Errors: std::runtime_error with file and line for what cannot be read.
lines read_scenario(const std::filesystem::path& file);

struct clock_and_threads {
    std::size_t threads = 0;           ///< of the runtime; 0: one for each core
    std::optional<std::uint64_t> seed; ///< in virtual time on one thread, which this seed schedules
};

/// Executes a scenario and returns its raw trace. In real time the first line says for how long the
/// machine held it up at most (`held_up_ms`).
///
/// Context: a plain thread; once in a program. Starts and stops a runtime.
lines run_scenario(const lines& scenario, const clock_and_threads& how);

} // namespace conformance
