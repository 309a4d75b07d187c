// SPDX-License-Identifier: BSL-1.0
#include "messaging/reserved_room.hpp"
#include "log/report_events.hpp"
#include "messaging/call.hpp"
#include "scheduler/runtime_state.hpp"
#include "signals/mailbox_limit.hpp"
#include <coppice/detail/request.hpp>
#include <coppice/this_process.hpp>

namespace coppice::detail {

std::optional<failure> reserved_room::reserve_in_bounded(envelope* n, time_limit timeout) {
    for (;;) {
        switch (reserve_room(to_, n)) {
        case room::reserved:
            reserved_ = n->counted;
            return std::nullopt;
        case room::receiver_is_dead:
            return std::nullopt; // the push will say so
        case room::none:
            break;
        }
        switch (slot_of(to_)->mail_bound.policy()) {
        case overflow_policy::block:
            if (to_ == this_process::self())
                return full_mailbox(to_, "its own process cannot wait for room in it");
            timeout = within_deadline(timeout).deadline(clock_now());
            // It is no ring when the receiver has made room since we looked.
            if (auto refused = wait_for_room(to_, make_room_request(), timeout);
                refused && !(refused->code == errc::call_cycle && has_room(to_)))
                return refused;
            continue;
        case overflow_policy::reject:
            return full_mailbox(to_, "it refuses more");
        case overflow_policy::drop_newest:
        case overflow_policy::drop_oldest:
            report_dropped(to_, n->ops->name, overflow_policy::drop_newest);
            return full_mailbox(to_, "the message was dropped");
        }
    }
}

} // namespace coppice::detail
