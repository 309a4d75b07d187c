// SPDX-License-Identifier: BSL-1.0
#include "signals/debugging.hpp"
#include "process/process_extras.hpp"
#include "signals/reply.hpp"
#include <algorithm>
#include <coppice/detail/contained.hpp>
#include <coppice/log.hpp>

namespace coppice::detail {

// --- the log ---

void event_log::keep(std::size_t most) {
    std::vector<sys::event> last = all();
    if (last.size() > most)
        last.erase(last.begin(), last.end() - static_cast<std::ptrdiff_t>(most));
    events_ = std::move(last);
    most_ = most;
    oldest_ = 0;
}

void event_log::add(const sys::event& e) {
    if (most_ == 0)
        return;
    if (events_.size() < most_)
        return events_.push_back(e);
    events_[oldest_] = e;
    oldest_ = (oldest_ + 1) % most_;
}

std::vector<sys::event> event_log::all() const {
    std::vector<sys::event> in_order = events_;
    std::rotate(in_order.begin(), in_order.begin() + static_cast<std::ptrdiff_t>(oldest_),
                in_order.end());
    return in_order;
}

bool debug_state::has(std::uint64_t id) const noexcept {
    return std::any_of(functions.begin(), functions.end(),
                       [&](const installed& i) { return i.id == id; });
}

// --- events ---

namespace {

debug_state* debug_if_any(const process& p) noexcept {
    rare_extras* const x = rare_if_any(p);
    return x ? x->debug.get() : nullptr;
}

sys::event event_of(const process& p, sys::event::kind what, std::string_view message, pid peer) {
    return {.what = what,
            .message = message,
            .process = p.self(),
            .peer = peer,
            .at = this_worker->now()};
}

/// Calls one debug function. False: it is done, or has failed.
bool goes_on(const process& p, debug_function& f, const sys::event& e) {
    struct context {
        debug_function& f;
        const sys::event& e;
        void* state;
        bool wants_more = false;
    } c{f, e, system_state(p)};
    const contained end = contain(
        [](void* context_) {
            auto& in = *static_cast<context*>(context_);
            in.wants_more = in.f.tell(in.e, in.state);
        },
        &c);
    if (end.how == contained::end::returned)
        return c.wants_more;
    log::warning("a debug function of {} has failed and is removed: {}", p.self(),
                 end.reason.text());
    return false;
}

/// While a debug function runs and waits, the process takes no other request of sys, so the list
/// stays as it is; and what the function itself receives is not told.
void tell(process& p, const sys::event& e) {
    rare_extras& x = rare_of(p);
    if (!x.debug || x.runs_system_code)
        return;
    struct running {
        bool& flag;
        explicit running(bool& f) noexcept : flag{f} { flag = true; }
        ~running() { flag = false; }
        running(const running&) = delete;
        running& operator=(const running&) = delete;
    } const now{x.runs_system_code};
    debug_state& d = *x.debug;
    d.log.add(e);
    if (d.counts && e.what != sys::event::kind::noreply)
        ++(e.what == sys::event::kind::in ? d.counts->messages_in : d.counts->messages_out);
    for (std::size_t i = 0; i < d.functions.size();) {
        if (goes_on(p, *d.functions[i].function, e))
            ++i;
        else
            d.functions.erase(d.functions.begin() + static_cast<std::ptrdiff_t>(i));
    }
}

/// A message that is refused unless it is handled.
struct unhandled {
    envelope* n;

    explicit unhandled(envelope* message) noexcept : n{message} {}
    ~unhandled() {
        if (!n)
            return;
        if (n->ops->is_request)
            answer_failed(static_cast<request*>(n),
                          {.code = errc::exited, .reason = exit_reason::killed});
        else
            n->ops->drop(n);
    }
    unhandled(const unhandled&) = delete;
    unhandled& operator=(const unhandled&) = delete;
};

} // namespace

void tell_arrival(process& p, envelope* n) {
    unhandled owner{n};
    const pid caller = n->ops->is_request ? static_cast<request*>(n)->caller : pid{};
    tell(p, event_of(p, sys::event::kind::in, n->ops->name, caller));
    debugging_has_changed(p);
    owner.n = nullptr;
}

void tell_outcome(process& p, const envelope_ops& handled, pid caller) {
    debug_state* const d = debug_if_any(p);
    if (!d)
        return;
    const std::vector<sys::event> replies = std::exchange(d->replies, {});
    for (const sys::event& e : replies)
        tell(p, e);
    if (handled.is_request && !(p.after & after_flag::deferred))
        tell(p, event_of(p, sys::event::kind::out, handled.name, caller));
    else if (replies.empty())
        tell(p, event_of(p, sys::event::kind::noreply, handled.name, {}));
    debugging_has_changed(p);
}

void note_reply(process& p, const request& r) noexcept {
    debug_state* const d = debug_if_any(p);
    if (d && r.server == p.self())
        d->replies.push_back(event_of(p, sys::event::kind::out, r.ops->name, r.caller));
}

void debugging_has_changed(process& p) noexcept {
    rare_extras* const x = rare_if_any(p);
    const bool wanted = x && x->debug && x->debug->is_wanted();
    if (wanted)
        p.after |= after_flag::debugged;
    else {
        p.after &= ~after_flag::debugged;
        if (x)
            x->debug.reset();
    }
}

failure does_not_answer_sys(const process& p) {
    return {.code = errc::no_reply,
            .reason = exit_reason{"no_reply"},
            .detail = p.self().text() +
                      " is a function process, which takes its messages itself: it cannot be "
                      "suspended or looked into unless it says sys::take_part",
            .not_started = true};
}

void* system_state(const process& p) noexcept {
    if (!p.raw)
        return p.state;
    const rare_extras* const x = rare_if_any(p);
    return x && x->part ? x->part->state : nullptr;
}

} // namespace coppice::detail
