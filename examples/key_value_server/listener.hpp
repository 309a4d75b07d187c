// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstddef>
#include <string>

namespace key_value {

/// To the listener: throw.
struct crash_listener {};
inline constexpr const char* listener_name = "listener";

/// Opens the socket that clients connect to. Errors: throws std::system_error that names the
/// address and says what to do.
int open_port(const std::string& host, unsigned short port);

/// The body of the listener's process: accepts clients and starts a connection for each.
void listen(int listening, std::size_t partitions);

} // namespace key_value
