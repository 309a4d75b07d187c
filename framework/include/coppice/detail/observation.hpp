// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/pid.hpp>
#include <vector>

// What a system_monitor sees of processes and threads. It looks from outside, now and then: so what
// is watched pays nothing.
namespace coppice::detail {

/// A process as one look finds it. Numbers may be a moment old.
struct seen_process {
    pid process;
    std::size_t messages = 0;     ///< in its mailbox
    pid waits_for = {};           ///< in a call: its server; null: it is in none
    bool waits_for_room = false;  ///< in that server's mailbox, not for its answer
    std::uint64_t which_wait = 0; ///< of its calls; two looks that find the same found one call
};

/// Calls `see` for each process that has not exited, in the order of their slots.
///
/// Context: any thread; does not suspend, and `see` must not.
void see_processes(void (*see)(void* context, const seen_process&), void* context);

/// User code that one thread runs without a pause as long as `step` is the same.
struct seen_thread {
    pid process = {};       ///< whose code it is; null: a handler of Asio
    std::uint64_t step = 0; ///< 0: none runs
};
/// One for each thread of the runtime, in the same order each time; none without a runtime.
/// Context: any thread; does not suspend.
std::vector<seen_thread> see_threads();

/// As long as one exists, senders count what a full word of an inbox does not: see
/// `note_deep_push`. What waited before is counted when its receiver takes it, which it is told to.
///
/// Context: any thread.
class deep_push_watch {
public:
    deep_push_watch();
    deep_push_watch(const deep_push_watch&) = delete;
    deep_push_watch& operator=(const deep_push_watch&) = delete;
    ~deep_push_watch();
};

/// Sends without ever waiting. False: the mailbox is full and blocks its senders, and the message
/// is gone. Context: any thread.
bool post_now(pid to, envelope* n);

} // namespace coppice::detail
