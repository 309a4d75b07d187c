// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "scheduler/worker.hpp"

// The server's half of a call: how an answer gets to the process or the plain thread that waits for
// it.
//
// A request's `state`.
//
// Home (a call from a process): waiting -> answered, or waiting -> abandoned when the caller's time
// was up. Touched on the caller's thread only. The envelope comes back whatever happens, and is
// freed there when no caller waits: so a late reply can never reach a later call.
//
// Pending: open -> answered by the server; a waiter registers by open -> awaited and takes itself
// back by awaited -> open. The thread that replaces `awaited` by `answered` wakes, once.
namespace coppice::detail {

namespace caller_state {
constexpr std::uint32_t answered = 1, abandoned = 2; // 0: waiting
}
namespace pending_state {
constexpr std::uint32_t answered = 1, awaited = 2; // 0: open
}

/// The outcome is stored: it goes to the caller that waits. The caller gives up its share.
void deliver(request* r) noexcept;
/// Stores a failure and delivers it.
void answer_failed(request* r, failure why) noexcept;
/// What a dropped `from` answers.
failure dropped_without_answer();
/// A deferred caller that was not answered in its handler waits for us no longer: another process
/// may answer it, so it is no link in a ring of calls.
void forget_caller(const request& r) noexcept;

} // namespace coppice::detail
