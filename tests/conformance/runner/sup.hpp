// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "result.hpp"
#include <coppice/check_spec.hpp>
#include <coppice/child_info.hpp>

// What kinds with supervisors have in common: children made from a scenario, and answers.
namespace conformance {

/// The spec of a child of the supervisor with this path; BEH and the events are those of kind sup.
coppice::unchecked_child_spec spec_of(const std::string& supervisor, const json::object& child);

/// Ends a child as the step says. Nothing to compare: the child's own events tell.
json::object crash(const json::object& step);

json::object answer_of(const coppice::failure& why);
json::object answer_of(const coppice::result<void>& done);
json::object answer_of(coppice::result<coppice::started_child> started);
json::object answer_of(const coppice::result<std::vector<coppice::child_info>>& all);
json::object answer_of(const coppice::result<coppice::child_counts>& n);
json::object answer_of(const coppice::result<coppice::child_spec>& spec);
/// The child's process, `restarting`, or null.
json::value process_of(const coppice::child_info& c);

} // namespace conformance
