// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <chrono>
#include <string>
#include <string_view>

// What the workloads measure with and how they report it.
namespace benchmark {

/// Elapsed time since it was made.
class stopwatch {
public:
    using clock = std::chrono::steady_clock;
    double seconds() const { return std::chrono::duration<double>(clock::now() - start_).count(); }
    /// Nanoseconds for each of `n`.
    double ns_each(double n) const { return seconds() * 1e9 / n; }

private:
    clock::time_point start_ = clock::now();
};

/// Prints one JSON line. `checked`: the workload's result was right; a wrong one makes the program
/// end with a failure.
void report(std::string_view workload,
            std::string_view figure,
            double value,
            std::string_view unit,
            bool checked);

/// Resident memory of this program, in bytes.
double resident_bytes();

/// True when every figure so far was checked.
bool all_checked();

} // namespace benchmark
