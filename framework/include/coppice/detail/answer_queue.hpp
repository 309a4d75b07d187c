// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/detail/request.hpp>

namespace coppice::detail {

/// The answers of many requests in the order in which they come. Each costs the same, however many
/// are waited for: `await_any` registers with all of them at each wait.
///
/// Context: one process or thread waits; answers come from any thread. An entry that
/// was added is removed, or taken by `next`, before the queue and the request go away.
class answer_queue {
public:
    /// One request that is waited for.
    struct entry : waiter {
        request* asked = nullptr;
        answer_queue* queue = nullptr;
        entry* next = nullptr; // in the list of those that are answered
    };

    answer_queue() = default;
    answer_queue(const answer_queue&) = delete;
    answer_queue& operator=(const answer_queue&) = delete;

    /// `e` comes by `next` when `e.asked` is answered; it stays where it is until then.
    void add(entry& e);
    /// `e` has not come yet, and will not.
    void remove(entry& e) noexcept;
    /// Waits for the next that is answered; null when the timeout has passed.
    entry* next(time_limit timeout);

private:
    static void arrived(waiter& w);
    void take() noexcept;
    entry* pop() noexcept;

    // Those that have come, newest first; or a bell that wakes the one who waits, and one more.
    std::atomic<std::uintptr_t> head_{0};
    entry* first_ = nullptr; // taken, oldest first
    entry* last_ = nullptr;
};

} // namespace coppice::detail
