// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "tree.hpp"
#include <memory>

namespace key_value {

/// Tells the listener to throw.
struct crash_listener {};
inline constexpr const char* listener_name = "listener";

/// Opens the socket that clients connect to; `port` becomes the one that was chosen when it is 0.
/// Errors: throws std::runtime_error, which names the address and what to do.
int open_port(const std::string& host, unsigned short& port);

/// The body of the listener's process: accepts clients and starts a connection for each.
struct accept_clients {
    void operator()(int listening, const std::shared_ptr<const server_context>& context) const;
};

} // namespace key_value
