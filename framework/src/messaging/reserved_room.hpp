// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "signals/mailbox_limit.hpp"
#include <optional>

namespace coppice::detail {

/// Room for one message in a bounded mailbox. It is given back unless the message was delivered.
///
/// Context: any thread; the sender's stack.
class reserved_room {
public:
    explicit reserved_room(pid to) noexcept : to_{to} {}
    reserved_room(const reserved_room&) = delete;
    reserved_room& operator=(const reserved_room&) = delete;
    ~reserved_room() {
        if (reserved_)
            return_room(to_);
    }

    /// Makes room for `n`, as the receiver's policy says; waits at most `timeout`.
    /// A failure: there is none, and the envelope must not be sent.
    std::optional<failure> reserve(envelope* n, time_limit timeout) {
        if (!slot_of(to_)->mail_bound.exists())
            return std::nullopt;
        return reserve_in_bounded(n, timeout);
    }
    /// The receiver has the message, and gives the room back when it has left the mailbox.
    void delivered() noexcept { reserved_ = false; }

private:
    std::optional<failure> reserve_in_bounded(envelope* n, time_limit timeout);
    pid to_;
    bool reserved_ = false;
};

} // namespace coppice::detail
