// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "process/relaxed_atomic.hpp"

namespace coppice::detail {

/// How far the end of a process has come. No step is taken back, and each happens once, though the
/// code that takes it may begin again on another stack (process_exit.hpp).
///
/// First its exit is pending: a signal ends it, and `pending_exit` in its extras says why. Then it
/// has exited: it has no name, and its mailbox refuses. Then the mailbox is closed: what waited in
/// it has been refused. Last its links and monitors are told.
///
/// Context: the owner of the process; `is_pending` any thread, a moment old.
class exit_progress {
public:
    bool is_pending() const noexcept { return pending_; }
    bool has_exited() const noexcept { return exited_; }
    bool has_closed_mailbox() const noexcept { return closed_; }
    bool has_notified() const noexcept { return notified_; }
    /// The runtime destroys its objects or mail: a wait throws no exit.
    bool is_destroying() const noexcept { return destroying_; }

    void set_pending() noexcept { pending_ = true; }
    void begin_exit() noexcept { exited_ = destroying_ = true; }
    void end_exit() noexcept {
        destroying_ = false;
        closed_ = true;
    }
    /// False: they have been told already.
    bool begin_to_notify() noexcept {
        const bool is_first = !notified_;
        notified_ = true;
        return is_first;
    }
    void begin_release() noexcept { destroying_ = true; }
    /// The stack on which the step was taken is left for good: the step begins again on another.
    void leave_stack() noexcept { destroying_ = false; }

    /// For the slot's next process.
    void start_over() noexcept {
        exited_ = closed_ = notified_ = destroying_ = false;
        pending_ = false;
    }

private:
    bool exited_ : 1 = false;
    bool closed_ : 1 = false;
    bool notified_ : 1 = false;
    bool destroying_ : 1 = false;
    relaxed_atomic<bool> pending_;
};

} // namespace coppice::detail
