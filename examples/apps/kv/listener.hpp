// SPDX-License-Identifier: BSL-1.0
#pragma once

namespace kv {

/// Opens the socket that clients connect to; `port` becomes the one that was chosen when it is 0.
/// Errors: throws std::runtime_error that names the port.
int open_port(unsigned short& port);

/// The body of the listener's process: accepts clients and starts a connection for each.
struct accept_clients {
    void operator()(int listening) const;
};

} // namespace kv
