// SPDX-License-Identifier: BSL-1.0
#include <coppice/task_supervisor.hpp>
#include <stdexcept>

namespace coppice {

namespace detail {

start_result start_once::operator()() const {
    if (!body_) // a temporary child is started once
        return start_result::failed(exit_reason{"already_ran"});
    return spawn_task(*type_, std::exchange(body_, nullptr), {.link = true}, *answer_);
}

void require_a_process() {
    if (!this_process::self())
        throw std::logic_error{"coppice: task_supervisor::async links the task with the calling "
                               "process, and there is none: use async_nolink"};
}

} // namespace detail

result<pid> task_supervisor::start_task(const supervisor_ref& sup,
                                        const task_options& o,
                                        start_function start) {
    auto started = supervisor_verbs::start(
        sup,
        {.id = "task", .start = std::move(start), .restart = o.restart, .shutdown = o.shutdown});
    if (!started)
        return std::move(started).error();
    return started->process;
}

std::vector<pid> task_supervisor::children(const supervisor_ref& sup) {
    std::vector<pid> all;
    for (const child_info& c : which_children(sup))
        if (c.process)
            all.push_back(c.process);
    return all;
}

} // namespace coppice
