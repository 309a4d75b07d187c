// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "json.hpp"

// What the processes of the kinds proc and gs send to each other.
namespace conformance {

/// The driver tells a client what to do.
struct operation {
    std::string what;
    json::object step;
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
