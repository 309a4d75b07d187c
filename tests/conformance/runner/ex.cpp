// SPDX-License-Identifier: BSL-1.0
// Kind ex: the operations of Registry, DynamicSupervisor, Task and Agent, which clients execute.
#include "ex_registry.hpp"

#include "kinds.hpp"
#include <array>
#include <coppice/this_process.hpp>
#include <stdexcept>

namespace conformance {

using namespace coppice;

namespace {

// A part adds its table here.
using table = const ex_operations& (*)();
constexpr std::array tables{table{&task_operations}, table{&agent_operations},
                            table{&registry_operations}, table{&dynamic_supervisor_operations}};

// Unless the step says `"catch":false`, what Elixir raises or exits with is its result.
step_result execute(ex_operation operation, const json::object& step) {
    if (!flag(step, "catch", true))
        return operation(step);
    try {
        return operation(step);
    } catch (const call_error& e) {
        return exited(e.why());
    } catch (const elixir_error& e) {
        return raised_error(e.what());
    } catch (const std::logic_error&) { // a mistake of the caller
        return raised_error("argument_error");
    }
}

} // namespace

bool elixir_operation(const std::string& what, const json::object& step, step_result& result) {
    for (const table operations : tables)
        if (const auto found = operations().find(what); found != operations().end()) {
            result = execute(found->second, step);
            return true;
        }
    return false;
}

pid process_of(const std::string& name) {
    const auto found = tape().last(name);
    if (!found)
        coppice::detail::throw_failure(
            {.code = errc::exited, .reason = exit_reason{"unknown_target"}});
    return *found;
}

time_limit elixir_timeout(const json::object& step) {
    const json::value* v = step.if_contains("timeout");
    if (!v)
        return default_call_timeout;
    return v->is_string() ? time_limit{infinity} : time_limit{milliseconds(*v)};
}

void run_exit_or_error(const json::array& what) {
    if (what.at(0) == "exit")
        this_process::exit(reason_from(what.at(1)));
    if (what.at(0) == "error")
        throw raised{what.at(1)};
}

} // namespace conformance
