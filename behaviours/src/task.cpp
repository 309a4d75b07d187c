// SPDX-License-Identifier: BSL-1.0
#include <coppice/detail/answer_queue.hpp>
#include <coppice/task.hpp>
#include <coppice/this_process.hpp>
#include <stdexcept>

namespace coppice::detail {

failure no_task() {
    return {.code = errc::noproc,
            .reason = exit_reason::noproc,
            .detail = "there is no task: its value was taken, or the handle was moved from"};
}

failure task_timed_out(pid task) {
    return {.code = errc::timeout,
            .reason = exit_reason::timeout,
            .detail = "task " + task.text() + " had no value in time, and was ended"};
}

void task_handle::check_owner() const {
    const pid owner = r_->caller, asks = this_process::self();
    if (owner && owner != asks)
        throw std::logic_error{
            "coppice: task " + r_->server.text() + " was asked for by process " + owner.text() +
            ", which alone may wait for it, shut it down or ignore it; " +
            (asks ? "process " + asks.text() : std::string{"a plain thread"}) + " has tried"};
}

bool task_handle::wait(time_limit timeout) const {
    check_owner();
    return await(r_, timeout);
}

bool task_handle::stopped_by(const exit_reason& reason) const {
    return r_->result == request::outcome::failed && r_->why->reason == reason;
}

bool task_handle::shut_down(time_limit timeout) {
    check_owner();
    end_task(r_->server, r_->caller, std::exchange(linked_, false), exit_reason::shutdown);
    // Time for the task to end in, whatever the caller's deadline is: a length, not a default.
    if (!await(r_, timeout.is_default() ? time_limit{time_span{timeout.length()}} : timeout)) {
        end_task(r_->server, {}, false, exit_reason::kill);
        (void)await(r_, infinity);
    }
    return stopped_by(exit_reason::shutdown);
}

bool task_handle::shut_down(brutal_kill_t) {
    check_owner();
    end_task(r_->server, r_->caller, std::exchange(linked_, false), exit_reason::kill);
    (void)await(r_, infinity);
    return stopped_by(exit_reason::killed);
}

void task_handle::let_go() {
    check_owner();
    if (std::exchange(linked_, false))
        unlink_task(r_->server, r_->caller);
    release(take());
}

void task_handle::close() noexcept {
    // A kill: a task that traps exits would not end by less. Its objects are destroyed all the
    // same.
    if (r_->server && !is_answered(r_))
        end_task(r_->server, r_->caller, linked_, exit_reason::kill);
    release(take());
}

namespace {

/// Waits for the answers of many tasks; the entries are removed whatever happens.
class answers {
public:
    explicit answers(const std::vector<task_handle*>& tasks) : entries_(tasks.size()) {
        for (const task_handle* t : tasks) {
            entries_[count_].asked = t->request();
            queue_.add(entries_[count_++]);
        }
    }
    ~answers() {
        for (std::size_t i = 0; i < count_; ++i)
            if (entries_[i].asked)
                queue_.remove(entries_[i]);
    }
    answers(const answers&) = delete;
    answers& operator=(const answers&) = delete;

    /// Null when the timeout has passed.
    request* next(time_limit timeout) {
        answer_queue::entry* const e = queue_.next(timeout);
        return e ? std::exchange(e->asked, nullptr) : nullptr;
    }

private:
    answer_queue queue_;
    std::vector<answer_queue::entry> entries_;
    std::size_t count_ = 0;
};

} // namespace

std::optional<failure> await_all(const std::vector<task_handle*>& tasks, time_limit timeout) {
    for (const task_handle* t : tasks) {
        if (!t->request())
            return no_request();
        t->check_owner();
    }
    const time_limit until = within_deadline(timeout).deadline(this_process::now());
    answers all{tasks};
    for (std::size_t left = tasks.size(); left > 0; --left) {
        const request* r = all.next(until);
        if (!r)
            return failure{.code = errc::timeout,
                           .reason = exit_reason::timeout,
                           .detail = std::to_string(left) + " of " + std::to_string(tasks.size()) +
                                     " tasks had no value in time"};
        if (r->result == request::outcome::failed)
            return *r->why;
    }
    return std::nullopt;
}

} // namespace coppice::detail

namespace coppice::this_process {

std::vector<pid> callers() { return detail::current_callers(); }

} // namespace coppice::this_process
