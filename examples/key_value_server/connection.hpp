// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "tree.hpp"
#include <memory>

namespace key_value {

/// The body of a connection's process: serves one client until it disconnects.
///
/// It owns the descriptor. It parses all the commands that it has read; each partition gets its
/// commands in one request, all partitions work at the same time, and the answers are written in
/// the order of the commands in one write.
///
/// (A named type, so that a crash report shows it and not just the type of a lambda.)
struct serve_client {
    void operator()(int descriptor, const std::shared_ptr<const server_context>& context) const;
};

} // namespace key_value
