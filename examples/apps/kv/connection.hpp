// SPDX-License-Identifier: BSL-1.0
#pragma once

namespace kv {

/// The body of a connection's process: reads a line, runs it, answers, until the client is done.
///
/// It owns the descriptor. (A named type, so that a crash report shows it.)
struct serve_client {
    void operator()(int descriptor) const;
};

} // namespace kv
