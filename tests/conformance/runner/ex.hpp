// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "result.hpp"
#include <string>
#include <unordered_map>

// Kind ex: what Elixir has on top of OTP. Each part (task, agent) has a source file and a table
// of its operations there; ex.cpp lists the tables.
namespace conformance {

/// Executes a step in the process of the running client. Nothing: the operation has no result.
using ex_operation = step_result (*)(const json::object& step);
/// By the word under `do`.
using ex_operations = std::unordered_map<std::string, ex_operation>;

} // namespace conformance
