// SPDX-License-Identifier: BSL-1.0
#include "scheduler/thread_timers.hpp"

namespace coppice::detail {

void thread_timers::fire_messages(clock::time_point now) {
    constexpr std::size_t kept_capacity = 4096;
    std::vector<due_message> due; // dropping a message may set timers, and come back here
    due.swap(due_);
    messages.take_due(now, due);
    slack_.sent(due.size(), now);
    post_due(due);
    if (due.capacity() <= kept_capacity) {
        due.clear();
        due_.swap(due);
    }
}

void thread_timers::send_all() {
    std::vector<due_message> unsent;
    messages.take_all(unsent);
    post_due(unsent);
}

} // namespace coppice::detail
