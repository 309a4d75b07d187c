// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "process/process.hpp"
#include <optional>

// Bounded mailboxes. The count of waiting messages stands in a word of its own, under the tag of the
// incarnation, so that a late sender cannot count against the next life. Only processes with a bound
// pay for it.
//
// Counted is what users send, from its reservation until a handler or `receive` gets it: also while it
// is parked because the server is suspended. Not counted, and so neither refused nor dropped: signals,
// the messages that they become, the runtime's own requests (kind `system`), and what a server of the
// runtime sends to itself (`is_internal`).
namespace coppice::detail {

/// Before a process runs: its bound, and no message yet.
void set_mailbox_limit(process& p, mailbox_limit limit);

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
            give_back();
    }

    /// Makes room for `n`, as the receiver's policy says; waits at most `limit`.
    /// A failure: there is none, and the envelope must not be sent.
    std::optional<failure> reserve(envelope* n, time_limit limit);
    /// The receiver has the message, and gives the room back when it has left the mailbox.
    void delivered() noexcept { reserved_ = false; }

private:
    void give_back();
    pid to_;
    bool reserved_ = false;
};

/// The same for a sender that cannot wait, a timer: false when the message is to be dropped.
bool count_in(pid to, envelope* n);

/// The same for a sender that may try again: false also when the policy is `block` and there is no room
/// now. Nothing is reported.
bool count_in_within_bound(pid to, envelope* n) noexcept;

/// A sender asks for room, or room has come back from outside. The owner deals with it when it takes its
/// mail, as with a signal: what it is about is the count, and not its place among the messages.
bool is_about_room(const envelope& n) noexcept;
/// Waits for room in the full mailbox of `server` by a request for it, and gives up the caller's share of that.
/// Null: there is room, or was. A failure: why there will be none.
std::optional<failure> wait_for_room(pid server, request* r, time_limit limit);
/// As it was a moment ago. A sender that waits for room has fenced since it asked for it.
bool has_room(pid to) noexcept;

void give_counted_room_back(process& p, envelope* n);
/// A message has left the mailbox. Owner only.
inline void give_room_back(process& p, envelope* n) {
    if (n->counted)
        give_counted_room_back(p, n);
}

/// With policy drop_oldest: drops what is too much. Owner only, where messages may be destroyed: their
/// destructors are the user's. To be called when `after_flag::bounded_mail` says that mail was taken.
/// `seen`: where a walk through the mail stands; it moves back when what it stands on is dropped.
void drop_excess(process& p, envelope** seen = nullptr);

} // namespace coppice::detail
