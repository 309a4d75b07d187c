// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstddef>

namespace key_value {

/// The body of a connection's process: serves one client until it hangs up.
///
/// It owns the descriptor. What it reads is taken apart into all the commands that are there; each
/// partition gets its own in one request, all partitions work at the same time, and the answers go
/// back in the order of the commands in one write.
void serve(int descriptor, std::size_t partitions);

} // namespace key_value
