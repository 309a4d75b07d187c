// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <span>
#include <string_view>

// The command line of all benchmark programs.
namespace benchmark {

struct workload {
    std::string_view name;
    void (*run)();
};

/// Runs the workloads that the command line names, one after the other.
///
/// Returns the program's exit code: 0 when each result was right, 1 when one was not, 2 for a
/// command line that is not understood.
int run_named(int count, char** arguments, std::span<const workload> known);

} // namespace benchmark
