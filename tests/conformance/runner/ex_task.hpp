// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <string>
#include <vector>

namespace conformance {

/// The tasks whose answers the running client can still get, and that run. Elixir's monitors each;
/// an answer of ours needs no monitor, so none is shown.
std::vector<std::string> monitored_tasks();

} // namespace conformance
