// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "timers/message_timers.hpp"
#include "timers/timer_slack.hpp"
#include "timers/wait_timers.hpp"
#include <algorithm>
#include <vector>

namespace coppice::detail {

/// The timers of a thread: of waits, and of messages for later.
///
/// Context: its thread; `messages` says itself what others may do.
class thread_timers {
public:
    using clock = time_limit::clock;

    thread_timers() = default;
    thread_timers(const thread_timers&) = delete;
    thread_timers& operator=(const thread_timers&) = delete;
    ~thread_timers() { message_timers::give_back(messages); }

    wait_timers waits;
    message_timers& messages{message_timers::take()};

    void start(clock::time_point now) {
        waits.start(now);
        messages.start(now);
    }
    void fire(clock::time_point now) {
        if (messages.is_due(now))
            fire_messages(now);
        waits.advance(now);
    }
    /// What was to be sent later is sent now: the thread ends, and the receivers are gone.
    void send_all();

    clock::time_point next() const noexcept { return std::min(waits.next(), messages.next()); }
    /// The same for a thread that wants to sleep.
    clock::time_point wake_up_time() const noexcept {
        return std::min(waits.next(), slack_.wake_up_time(messages.next()));
    }

private:
    void fire_messages(clock::time_point now);

    std::vector<due_message> due_;
    timer_slack slack_;
};

} // namespace coppice::detail
