// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "process.hpp"
#include <optional>

// Bounded mailboxes. The count of waiting messages stands in a word of its own, under the tag of the
// incarnation, so that a late sender cannot count against the next life. Only processes with a bound
// pay for it; signals never count.
namespace coppice::detail {

/// Before a process runs: its bound, and no message yet.
void set_mailbox_limit(process& p, mailbox_limit limit);

/// Makes room for one message, as the receiver's policy says; waits at most `limit`. Any thread.
/// A failure: there is none, and the node must not be sent.
std::optional<failure> reserve_room(pid to, node* n, time_limit limit);

/// The same for a sender that cannot wait, a timer: false when the message is to be dropped.
bool count_in(pid to, node* n);

void give_counted_room_back(process& p, node* n);
/// A message has left the mailbox. Owner only.
inline void give_room_back(process& p, node* n) {
    if (n->counted)
        give_counted_room_back(p, n);
}
/// With policy drop_oldest: drops what is too much. Owner only, after taking mail.
void drop_excess(process& p);

} // namespace coppice::detail
