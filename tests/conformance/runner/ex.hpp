// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "result.hpp"
#include <string>
#include <unordered_map>

// Kind ex: what Elixir has on top of OTP. Each part (task, agent) has a source file and a table
// of its operations there; ex.cpp lists the tables.
namespace conformance {

/// Executes a step in the process of the running client. Nothing: the operation has no result. What
/// it throws is Elixir's `raise` and `exit`: see elixir_operation.
using ex_operation = step_result (*)(const json::object& step);
/// By the word under `do`.
using ex_operations = std::unordered_map<std::string, ex_operation>;

const ex_operations& dynamic_supervisor_operations();
const ex_operations& task_operations();
const ex_operations& agent_operations();

/// A failure of a step that Elixir would raise as an exception of this name.
class elixir_error final : public std::exception {
public:
    explicit elixir_error(std::string name) : name_{std::move(name)} {}
    const char* what() const noexcept override { return name_.c_str(); }

private:
    std::string name_;
};

/// The last process of a name; the step exits with `unknown_target` where there was none.
coppice::pid process_of(const std::string& name);

/// How long a step waits: milliseconds or "infinity", Elixir's five seconds where it says nothing.
coppice::time_limit elixir_timeout(const json::object& step);

/// What is in BODY and FUN alike: `["exit",R]` and `["error",R]` end the process.
void run_exit_or_error(const json::array& what);

} // namespace conformance
