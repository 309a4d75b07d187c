// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstdint>

namespace coppice::detail {

/// What a process does that sends to one that falls behind.
///
/// Now and then it lets others run, so that the receiver may catch up on the same thread. Not at the
/// first message, or a crowd of processes that send one each would all stand on their stacks. Where the
/// receiver runs on another thread that is not enough: the messages would fill the caches, then the
/// memory, and cost more than the work. So after some more the sender waits a moment for the receiver. If it
/// waited in vain, because the receiver is busy or waits itself, it sends a good many before it tries
/// again: a cast must not hang on its receiver.
///
/// Context: one owner.
class pressure {
public:
    enum class advice : std::uint8_t { go_on, give_way, wait };

    static constexpr std::int32_t messages_before_giving_way = 64;
    static constexpr std::int32_t messages_before_waiting = 512;
    static constexpr std::int32_t messages_after_waiting_in_vain = 64 * messages_before_waiting;

    /// One message more for somebody who has fallen behind.
    advice sent_one() noexcept {
        if (++sent_ % messages_before_giving_way != 0)
            return advice::go_on;
        if (sent_ < messages_before_waiting)
            return advice::give_way;
        sent_ = 0;
        return advice::wait;
    }
    void waited_in_vain() noexcept {
        sent_ = messages_before_waiting - messages_after_waiting_in_vain;
    }

private:
    std::int32_t sent_ = 0;
};

} // namespace coppice::detail
