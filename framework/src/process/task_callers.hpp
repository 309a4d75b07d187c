// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "process/process_extras.hpp"
#include <coppice/detail/task_request.hpp>

// Finds out whether a process is a task, and who asked for it.
namespace coppice::detail {

/// Of all answers of tasks: what tells them from other requests.
inline constexpr envelope_ops task_operations{.what = envelope_ops::kind::runtime,
                                              .key = nullptr,
                                              .name = "task",
                                              .handle = nullptr,
                                              .drop = nullptr,
                                              .payload = nullptr,
                                              .is_request = true};

/// The answer that a process holds for its caller; null for a process that is no task. Owner only.
inline const task_request* task_of(const process& p) noexcept {
    for (const request* r = p.extras ? p.extras->stoppers : nullptr; r;
         r = static_cast<const request*>(r->next))
        if (r->ops == &task_operations)
            return static_cast<const task_request*>(r);
    return nullptr;
}

/// Nearest first; empty for a process that is no task. Owner only.
inline std::vector<pid> callers_of(const process& p) {
    std::vector<pid> all;
    const task_request* r = task_of(p);
    for (const caller_chain* c = r ? r->callers : nullptr; c; c = c->older)
        all.push_back(c->caller);
    return all;
}

} // namespace coppice::detail
