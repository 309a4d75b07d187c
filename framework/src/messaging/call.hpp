// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "scheduler/worker.hpp"
#include "signals/reply.hpp"
#include <optional>

// Calls: a request goes to a server and its answer comes back, exactly once.
namespace coppice::detail {

/// A process's wait for a request that comes back to it, on its stack. When the time is up, or the
/// wait cancelled, the request is no longer its own.
struct call_wait final : wait_op {
    call_wait(worker& w, request* r);
    request* asked;
};

/// Releases the request unless it is given away.
struct request_owner {
    request* r;
    ~request_owner() {
        if (r)
            release(r);
    }
};

class runtime_guard;
/// What becomes of a child whose first request was not sent.
using never_sent_function = void (*)(process& child, request* r);
/// The first call to a process that the caller has just made and still owns. As call_and_wait. A
/// plain thread leaves its guard when the process is scheduled, before it waits. A kill of the
/// caller that comes before the child has the request leaves the child to `never_sent`.
[[nodiscard]] bool call_new(process& child,
                            request* r,
                            time_limit timeout,
                            runtime_guard& here,
                            never_sent_function never_sent);
/// Waits for room in the full mailbox of `server` by a request for it, and gives up the caller's
/// share of that. Null: there is room, or was. A failure: why there will be none.
std::optional<failure> wait_for_room(pid server, request* r, time_limit timeout);
/// What a caller is told of a process that has exited, or of a null pid.
failure no_process(pid server);

/// A handler of Asio, or what else a thread of the runtime does between two processes: to wait
/// there would hold up all of them, perhaps the one that is waited for.
bool is_between_processes() noexcept;
failure would_block();

} // namespace coppice::detail
