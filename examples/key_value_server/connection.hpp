// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "tree.hpp"
#include <memory>

namespace key_value {

/// The body of a connection's process: serves one client until it hangs up.
///
/// It owns the descriptor. What it reads is taken apart into all the commands that are there; each
/// partition gets its own in one request, all partitions work at the same time, and the answers go
/// back in the order of the commands in one write.
///
/// (A type of its own, so that a crash report says who crashed and not just which sort of function.)
struct serve_client {
    void operator()(int descriptor, const std::shared_ptr<const surroundings>& around) const;
};

} // namespace key_value
