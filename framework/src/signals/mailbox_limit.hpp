// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "process/process.hpp"

// Bounded mailboxes: what counts against the bound, and what becomes of what has no room. The count
// itself is in process/mailbox_bound.hpp. Only processes with a bound pay for it.
//
// Counted is what users send, from its reservation until a handler or `receive` gets it: also while
// it is parked because the server is suspended. Not counted, and so neither refused nor dropped:
// signals, the messages that they become, the runtime's own requests (kind `system`), and what a
// server of the runtime sends to itself (`is_internal`).
namespace coppice::detail {

/// Counts a message in before it is sent; with drop_oldest also some beyond the bound. A message
/// that is not counted has its room always. Any thread.
room reserve_room(pid to, envelope* n) noexcept;
/// Room that was reserved and is not used. Any thread.
void return_room(pid to);
/// What a sender is told. `why` says what its policy does.
failure full_mailbox(pid to, const char* why);

/// As reserve_room, by a timer: it cannot wait, so with `block` its messages come in beyond the
/// bound. False: the message is to be dropped.
bool count_in(pid to, envelope* n);

/// The same for a sender that may try again: false also when the policy is `block` and there is no
/// room now. Nothing is reported.
bool count_in_within_bound(pid to, envelope* n) noexcept;

/// A sender asks for room, or room has come back from outside. The owner deals with it when it
/// takes its mail, as with a signal: what it is about is the count, and not its place among the
/// messages.
bool is_about_room(const envelope& n) noexcept;
/// By a sender that asks for room: answered when there is some, or when the receiver has ended.
request* make_room_request();
/// As it was a moment ago. A sender that waits for room has fenced since it asked for it.
bool has_room(pid to) noexcept;

void give_counted_room_back(process& p, envelope* n);
/// A message has left the mailbox. Owner only.
inline void give_room_back(process& p, envelope* n) {
    if (n->counted)
        give_counted_room_back(p, n);
}

/// With policy drop_oldest: drops what is too much. Owner only, where messages may be destroyed:
/// their destructors are the user's. To be called when `after_flag::bounded_mail` says that mail
/// was taken. `seen`: where a walk through the mail stands; it moves back when what it stands on is
/// dropped.
void drop_excess(process& p, envelope** seen = nullptr);

} // namespace coppice::detail
