// SPDX-License-Identifier: BSL-1.0
#include "model_parts.hpp"
#include <algorithm>

namespace simulation {

using namespace coppice;

// --- messages ---

int model::make_message(life_id from, pid to, way w, std::optional<wide> due) {
    const hold h{lock_};
    tracked_message p{.from = from, .to = life_of(to), .how = w, .due = due};
    if (p.to != no_life) {
        p.sequence = ++at(from).sent_by_us[p.to];
        p.behind_kill = at(from).killed_by_us.count(p.to) > 0;
    }
    messages_.push_back(p);
    ++messages_alive_;
    return static_cast<int>(messages_.size()) - 1;
}

void model::posted(int number) {
    const hold h{lock_};
    tracked_message& p = messages_[static_cast<std::size_t>(number)];
    if (p.where != tracked_message::state::sending)
        return;
    p.where = tracked_message::state::waiting;
    if (p.to != no_life && exact_ && p.how != way::timer)
        check_bound(p.to);
}

void model::check_bound(life_id l) {
    const life& x = at(l);
    // A mailbox that drops its oldest message does so when its process takes messages.
    if (x.what.bound == 0 || x.what.policy == 3 || x.over)
        return;
    std::uint32_t waiting = 0;
    for (const tracked_message& p : messages_)
        waiting +=
            p.to == l && p.where == tracked_message::state::waiting && p.how != way::timer ? 1 : 0;
    if (waiting > x.what.bound)
        wrong("a mailbox holds more than its bound");
}

void model::handled(life_id l, int number, clock::time_point now) {
    const hold h{lock_};
    tracked_message& p = messages_[static_cast<std::size_t>(number)];
    digest(6, static_cast<std::uint64_t>(l), static_cast<std::uint64_t>(number));
    note(text(l) + " gets message " + std::to_string(number) + " of " + text(p.from));
    if (p.to != l)
        wrong("a message reaches another process than it was sent to");
    if (++p.arrivals > 1)
        wrong("a message is handled twice");
    if (at(l).over)
        wrong("a dead process handles a message");
    if (p.behind_kill)
        wrong("a message behind a kill of the same sender is handled");
    if (p.cancelled)
        wrong("a timer fires after it was cancelled");
    if (p.how == way::timer) {
        if (!p.due || in_wide(now) < *p.due)
            wrong("a timer fires early");
    } else {
        int& last = at(l).last_from[{p.from, p.how}];
        if (p.sequence < last)
            wrong("two messages of one sender change places");
        last = p.sequence;
    }
    p.where = tracked_message::state::handled;
}

void model::dies(int number) {
    const hold h{lock_};
    tracked_message& p = messages_[static_cast<std::size_t>(number)];
    if (p.is_request && p.where == tracked_message::state::sending)
        p.would_wait_in_ring = waits_for_us(p.to, p.from);
}

void model::destroyed(int number) {
    const hold h{lock_};
    tracked_message& p = messages_[static_cast<std::size_t>(number)];
    if (p.where == tracked_message::state::destroyed)
        wrong("a message is destroyed twice");
    --messages_alive_;
    const bool was_waiting = p.where == tracked_message::state::waiting;
    if (p.where != tracked_message::state::handled)
        p.where = tracked_message::state::destroyed;
    if (!was_waiting || stopping_ || !exact_ || p.cancelled || p.to == no_life || at(p.to).over)
        return;
    if (at(p.to).what.bound == 0 || (at(p.to).what.policy != 3 && p.how != way::timer))
        wrong("a message to a process that lives is dropped");
}

void model::timer_cancelled(int number, bool is_so) {
    const hold h{lock_};
    messages_[static_cast<std::size_t>(number)].cancelled = is_so;
}

// --- requests ---

void model::asks(int request, std::optional<wide> deadline) {
    const hold h{lock_};
    tracked_message& p = messages_[static_cast<std::size_t>(request)];
    p.is_request = true;
    p.deadline = deadline;
}

void model::not_asked(life_id l, int request) {
    const hold h{lock_};
    tracked_message& p = messages_[static_cast<std::size_t>(request)];
    p.would_wait_in_ring = p.would_wait_in_ring || waits_for_us(p.to, l);
}

void model::not_sent(life_id l, int number, const failure& why) {
    const hold h{lock_};
    const tracked_message& p = messages_[static_cast<std::size_t>(number)];
    note(text(l) + " does not send " + std::to_string(number) + ": " +
         std::string{to_string(why.code)});
    if (exact_ && why.code == errc::call_cycle && !waits_for_us(p.to, l))
        wrong("a cast says call_cycle where there is none");
}

void model::sends_itself(life_id l) {
    const hold h{lock_};
    at(l).sent_itself = true;
}

void model::waits_for(life_id l, int number, waits what) {
    const hold h{lock_};
    at(l).waits_for = number;
    at(l).waits_how = what;
}

void model::waits_no_more(life_id l) {
    const hold h{lock_};
    at(l).waits_for = 0;
}

void model::waits_on(life_id l, pid other) {
    const hold h{lock_};
    at(l).waits_on = life_of(other);
}

void model::constructor_begins(life_id l, pid starter) {
    const hold h{lock_};
    if (const life_id s = life_of(starter); s != no_life)
        at(s).waits_on = l;
}

void model::constructor_ends(life_id l, pid starter) {
    const hold h{lock_};
    if (const life_id s = life_of(starter); s != no_life && at(s).waits_on == l)
        at(s).waits_on = no_life;
}

void model::stops_in_handler(life_id l) {
    const hold h{lock_};
    at(l).stopping = true;
}

void model::kept(int request) {
    const hold h{lock_};
    messages_[static_cast<std::size_t>(request)].is_kept = true;
}

void model::replied(int request, clock::time_point now) {
    const hold h{lock_};
    tracked_message& p = messages_[static_cast<std::size_t>(request)];
    if (p.replied_at)
        wrong("a request is answered twice");
    p.replied_at = now;
}

void model::dropped_caller(int request) {
    const hold h{lock_};
    messages_[static_cast<std::size_t>(request)].dropped = true;
}

void model::answered(life_id l, int request, int answer) {
    const hold h{lock_};
    tracked_message& p = messages_[static_cast<std::size_t>(request)];
    digest(7, static_cast<std::uint64_t>(l), static_cast<std::uint64_t>(request));
    note(text(l) + " gets the answer to " + std::to_string(request));
    if (answer != request)
        wrong("a caller gets the answer of another call");
    if (!p.replied_at)
        wrong("a caller gets an answer that was never given");
    if (++p.outcomes > 1)
        wrong("a request has two outcomes");
}

/// Whether it may have no room for this message. The model does not know which others were refused.
bool model::may_be_full(life_id l, int except) {
    const life& x = at(l);
    if (x.sent_itself)
        return x.what.bound != 0;
    std::uint32_t waiting = 0;
    for (const tracked_message& p : messages_)
        waiting += p.to == l && &p != &messages_[static_cast<std::size_t>(except)] &&
                           p.where <= tracked_message::state::waiting
                       ? 1
                       : 0;
    return x.what.bound != 0 && waiting >= x.what.bound;
}

bool model::waits_for_us(life_id target, life_id us) {
    for (std::size_t steps = 0; target != no_life && steps <= lives_.size(); ++steps) {
        if (target == us)
            return true;
        const life& x = at(target);
        if (x.waits_on != no_life) {
            target = x.waits_on;
            continue;
        }
        if (x.waits_for == 0)
            return false;
        target = messages_[static_cast<std::size_t>(x.waits_for)].to;
        if (target != no_life && x.waits_how == waits::for_room &&
            !may_be_full(target, x.waits_for))
            return false;
    }
    return false;
}

void model::failed(life_id l, int request, const failure& why, clock::time_point now) {
    const hold h{lock_};
    tracked_message& p = messages_[static_cast<std::size_t>(request)];
    digest(8, static_cast<std::uint64_t>(l), static_cast<std::uint64_t>(why.code));
    note(text(l) + " gets no answer to " + std::to_string(request) + ": " +
         std::string{to_string(why.code)} + ", " + why.reason.text());
    if (++p.outcomes > 1)
        wrong("a request has two outcomes");
    const bool over = p.to == no_life || at(p.to).over;
    if (why.not_started && p.arrivals > 0)
        wrong("a failure says that the server never began, and it did");
    switch (why.code) {
    case errc::timeout:
        must_not_be_early("a call's limit", p.deadline, now);
        if (exact_ && p.replied_at && p.deadline && p.to != no_life && !at(p.to).stopping &&
            in_wide(*p.replied_at) + tolerance < *p.deadline)
            wrong("an answer that was given in time is lost");
        return;
    case errc::noproc:
        if (exact_ && !over)
            wrong("a call to a process that lives says noproc");
        return;
    case errc::exited:
        if (!over)
            wrong("a call says that its server has ended, and it lives");
        if (p.to != no_life && why.reason != at(p.to).reason && why.reason != exit_reason::noproc)
            wrong("a caller gets another reason than its server's: " + why.reason.text() + " for " +
                  at(p.to).reason.text());
        return;
    case errc::no_reply:
        if (!p.dropped)
            wrong("a call says no_reply, and its caller was not dropped");
        return;
    case errc::calling_self:
        if (p.to != l)
            wrong("a call to another process says calling_self");
        return;
    case errc::call_cycle:
        if (exact_ && !p.would_wait_in_ring && !waits_for_us(p.to, l))
            wrong("a call says call_cycle where there is none");
        return;
    case errc::mailbox_full:
        if (p.to == no_life || at(p.to).what.bound == 0)
            wrong("a mailbox without a bound is full");
        return;
    case errc::not_running:
        if (exact_)
            wrong("a call says that the runtime does not run");
        return;
    default:
        wrong("a call fails in a way that is not its own: " + std::string{to_string(why.code)});
    }
}

} // namespace simulation
