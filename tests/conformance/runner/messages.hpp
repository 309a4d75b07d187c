// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "json.hpp"
#include <vector>

// What the processes of the kinds proc and gs send to each other.
namespace conformance {

/// The driver tells a client what to do.
struct operation {
    std::string what;
    json::object step;
};

/// The driver tells a client what to do without waiting between. One message: the client must not
/// find some of them.
struct operations_in_a_row {
    std::vector<operation> all;
};

/// A plain message from one process to another: the step `send`.
struct note {
    std::string from;
    json::value what;
};

/// A request to a gen_server without an answer: the step `info`.
struct info_request {
    json::object step;
};

} // namespace conformance
