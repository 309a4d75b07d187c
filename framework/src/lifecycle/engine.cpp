// SPDX-License-Identifier: BSL-1.0
#include <coppice/detail/engine.hpp>

#include "process/process_extras.hpp"
#include "scheduler/worker.hpp"
#include "signals/start_request.hpp"
#include <algorithm>

namespace coppice::detail {

namespace {

/// While the constructor runs, the object lies where the start request says.
void* object_of(const process& p) noexcept {
    if (!p.state && p.current && is_start(*p.current))
        return static_cast<start_request*>(p.current)->memory;
    return p.state;
}

event_queues* events_if_any(process& p) noexcept {
    rare_extras* const x = rare_if_any(p);
    return x ? x->events.get() : nullptr;
}

/// Something is to be handled before the next message.
bool comes_next(process& p, const event_queues& q) noexcept {
    if (q.next.empty())
        return false;
    p.after |= after_flag::continues;
    return true;
}

/// A destructor of a message or of a state may ask for something when the process has exited.
void keep(envelope* n, mail_queue event_queues::*where) {
    process& p = *current_process();
    if (p.exit.has_exited())
        n->ops->drop(n);
    else
        (events_of(p).*where).push_back(n);
}

} // namespace

void* running_engine() noexcept {
    const process* p = current_process();
    if (!p)
        return nullptr;
    const server_type* const type = p->server;
    void* const object = type && type->engine ? object_of(*p) : nullptr;
    return object ? type->engine(object) : nullptr;
}

said take_said() noexcept {
    process& p = *current_process();
    said s{.stop = (p.after & after_flag::stop) != 0, .idle_timeout = {}};
    if (p.after & after_flag::idle_timeout) {
        p.after &= ~after_flag::idle_timeout;
        s.idle_timeout = rare_of(p).idle_after;
    }
    return s;
}

bool has_said_stop() noexcept { return (current_process()->after & after_flag::stop) != 0; }

void insert_event(envelope* n) { keep(n, &event_queues::inserted); }

void postpone_event(envelope* n) { keep(n, &event_queues::postponed); }

void postpone_deferred(request* r) {
    process& p = *current_process();
    if (p.exit.has_exited()) // the handler swallowed the exit: the call is answered
        return;
    rare_extras& x = rare_of(p);
    x.just_deferred = nullptr;
    if (!x.dropped_unwinding)
        p.after &= ~after_flag::deferred;
    // Kept callers lie in no order, and ours is mostly the last.
    const auto at = std::find(x.deferred.rbegin(), x.deferred.rend(), r);
    x.deferred.erase(std::next(at).base());
    release(r);
    r->deferred = false;
    events_of(p).postponed.push_back(r);
}

bool arrange_events(bool state_has_changed) noexcept {
    process& p = *current_process();
    event_queues* const q = events_if_any(p);
    if (!q)
        return false;
    if (state_has_changed)
        q->next.prepend(q->postponed);
    q->next.prepend(q->inserted);
    return comes_next(p, *q);
}

bool drop_inserted() noexcept {
    process& p = *current_process();
    event_queues* const q = events_if_any(p);
    if (!q)
        return false;
    while (envelope* const n = q->inserted.pop_front())
        n->ops->drop(n);
    return comes_next(p, *q);
}

} // namespace coppice::detail
