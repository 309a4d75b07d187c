// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace kv {

/// The words of a line, without spaces and the end of the line.
std::vector<std::string> words(std::string_view line);

/// Runs a command and returns its answer, without the end of the line.
///
/// Errors: what a bucket's call throws, when the bucket crashes before it has answered.
/// Context: a process; suspends while a bucket works.
std::string run(const std::vector<std::string>& command);

} // namespace kv
