// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/detail/request.hpp>
#include <coppice/process.hpp>
#include <vector>

// The answer of a task: a request that is never in a mailbox. Its process holds it from the spawn
// to the end, and answers it then: with the value that the function returned, or with the reason of
// the exit. So it is answered exactly once, however the process ends.
namespace coppice::detail {

/// Who asked for a task, and behind it who asked for that process, if it is a task itself. Shared
/// by the tasks of one process.
struct caller_chain {
    std::atomic<std::uint32_t> owners{1};
    pid caller;
    caller_chain* older = nullptr; // a share of ours
};

struct task_request : request {
    task_request() noexcept;
    task_request(const task_request&) = delete;
    task_request& operator=(const task_request&) = delete;
    ~task_request();

    caller_chain* callers = nullptr; // a share of ours
    bool links_caller = false;       // another process spawns it, and links it with the caller
};

/// The caller is the process that asks for the task.
///
/// Context: any thread, before the task is spawned.
void set_caller(task_request& r);
/// The same caller as that of `like`.
void set_caller(task_request& r, const task_request& like);
/// Spawns the process that answers `r`; it takes a share of `r`. Errors: as spawn.
pid spawn_task(const raw_type& type, void* callable, const spawn_options& options, task_request& r);
/// In the task, when the value is there: false when the process has exited meanwhile, and the
/// caller was told.
bool may_answer() noexcept;
/// The value was stored: it goes out when the process ends.
void set_answered(task_request& r) noexcept;
/// Who asked for the task that runs, nearest first; nothing in a process that is no task.
std::vector<pid> current_callers();
/// Ends a task by `why`. Its owner, if it is linked with it, is unlinked first, and not told.
///
/// Context: any thread; does not suspend.
void end_task(pid task, pid owner, bool linked, const exit_reason& why);
/// Removes the link of owner and task; as end_task.
void unlink_task(pid task, pid owner);

} // namespace coppice::detail
