// SPDX-License-Identifier: BSL-1.0
// Kind ex: the operations of Registry, DynamicSupervisor, Task and Agent, which clients execute.
#include "ex.hpp"

#include "kinds.hpp"

namespace conformance {

namespace {

// A part adds its table here: `&task_operations`. An operation that is in none is not there yet;
// compare.py knows these under NOT_YET.
using table = const ex_operations& (*)();
constexpr std::initializer_list<table> tables{};

} // namespace

bool elixir_operation(const std::string& what, const json::object& step, step_result& result) {
    for (const table operations : tables)
        if (const auto found = operations().find(what); found != operations().end()) {
            result = found->second(step);
            return true;
        }
    return false;
}

} // namespace conformance
