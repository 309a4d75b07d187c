// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstdint>

namespace coppice::detail {

/// Backpressure: what a sender does while its receiver falls behind.
///
/// Now and then the sender yields, so that the receiver may catch up on the same thread. Not at the
/// first message, or of many processes that send one message each, each would keep a stack. Where
/// the receiver runs on another thread a yield is not enough: the messages would fill the caches,
/// then the memory, and cost more than the work. So after some more messages the sender waits a
/// moment for the receiver. If it waited in vain, because the receiver is busy or waits itself, the
/// sender sends a good many before it waits again: a cast must not depend on its receiver.
///
/// Context: one owner.
class send_throttle {
public:
    enum class advice : std::uint8_t { go_on, yield, wait };

    static constexpr std::int32_t messages_before_yielding = 64;
    static constexpr std::int32_t messages_before_waiting = 512;
    static constexpr std::int32_t messages_after_waiting_in_vain = 64 * messages_before_waiting;

    /// One message more for a receiver that has fallen behind.
    advice sent_one() noexcept {
        if (++sent_ % messages_before_yielding != 0)
            return advice::go_on;
        if (sent_ < messages_before_waiting)
            return advice::yield;
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
