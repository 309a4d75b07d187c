// SPDX-License-Identifier: BSL-1.0
#include "signals/process_exit.hpp"
#include "log/report_events.hpp"
#include "process/process_extras.hpp"
#include "process/process_table.hpp"
#include "process/replay_order.hpp"
#include "registry/name_table.hpp"
#include "scheduler/runtime_state.hpp"
#include "signals/reply.hpp"
#include "signals/signals.hpp"
#include "signals/start_request.hpp"
#include <boost/assert.hpp>
#include <coppice/detail/exit_hook.hpp>

namespace coppice::detail {
namespace {

constinit std::atomic<exit_hook> hook{nullptr};

failure end_of_server(const process& p, const exit_reason& reason) {
    return {.code = errc::exited,
            .reason = reason,
            .detail = std::string{p.server ? p.server->name : std::string_view{"process"}} + ' ' +
                      p.self().text() + " ended before it answered"};
}

/// Answers or drops what will not be handled any more.
void refuse(process& p, envelope* n, const exit_reason& reason) {
    n->next = nullptr;
    if (n->ops->what == envelope_ops::kind::signal)
        refuse_signal(p.self(), static_cast<signal_envelope*>(n));
    else if (n->ops->is_request) {
        failure why = end_of_server(p, reason);
        why.not_started = true;
        if (is_start(*static_cast<request*>(n)))
            constructor_never_began(static_cast<request*>(n));
        answer_failed(static_cast<request*>(n), std::move(why));
    } else
        n->ops->drop(n);
}

std::uint64_t next_word(std::uint64_t tag) noexcept {
    return (tag == mailbox_word::last_tag ? 0 : tag + mailbox_word::one_tag) | mailbox_word::dead;
}

// --- it exits ---

/// First of all. A process that has been told of the end may start a successor at once, and must
/// not find the name taken by a process that is about to be gone.
void free_name(process& p, const exit_reason& reason) {
    name_table::close(p);
    if (const auto h = hook.load(std::memory_order_acquire))
        h(p.self(), reason);
}

/// From here on each push is refused. What has come before lies in the queue of taken mail.
void close_mailbox(process& p, const exit_reason&) {
    for (envelope* n = p.inbox.close(next_word(p.tag())); n;) {
        envelope* const next = n->next;
        p.mail.push_back_to_refuse(n);
        n = next;
    }
    rare_extras* const x = rare_if_any(p);
    if (!x)
        return;
    if (const auto events = std::move(x->events))
        for (mail_queue* queue : {&events->next, &events->inserted, &events->postponed})
            while (envelope* const n = queue->pop_front())
                p.mail.push_back_to_refuse(n);
    for (envelope* n : unpark(p))
        p.mail.push_back_to_refuse(n);
}

/// One by one: a destructor of a message may wait, and may end in std::terminate.
void refuse_mail(process& p, const exit_reason& reason) {
    while (envelope* const n = p.mail.pop_front())
        refuse(p, n, reason);
}

/// All but the one whose call is in hand: it is told when the handler has left the stack, since the
/// message lies in the call's envelope. The same holds for calls whose callers were kept: their
/// envelopes live on.
void answer_waiting_callers(process& p, const exit_reason& reason) {
    rare_extras* const x = rare_if_any(p);
    if (!x)
        return;
    for (request* r : std::exchange(x->held, {}))
        deliver(r);
    for (request* r : x->deferred)
        if (claim_answer(r))
            answer_failed(r, end_of_server(p, reason));
    while (envelope* n = x->waiting_for_room.pop_front())
        answer_failed(static_cast<request*>(n), end_of_server(p, exit_reason::noproc));
}

// --- it is released ---

void answer_call_in_hand(process& p, const exit_reason& reason) {
    if (p.current && !is_start(*p.current))
        answer_failed(std::exchange(p.current, nullptr), end_of_server(p, reason));
    if (rare_extras* const x = rare_if_any(p))
        for (request* r : std::exchange(x->deferred, {}))
            release(r);
}

void destroy_object(process& p, const exit_reason& reason) {
    if (rare_extras* const x = rare_if_any(p)) {
        p.after &= ~after_flag::debugged;
        x->debug.reset(); // debug functions may refer to the object
    }
    void* const state = std::exchange(p.state, nullptr);
    if (!state)
        return;
    if (p.raw)
        return p.raw->drop(state);
    // A destructor that ends in std::terminate leaves this stack, and the next needs the reason.
    fiber& f = *this_worker->current;
    f.exits_with = &reason;
    p.server->destroy(state);
    f.exits_with = nullptr;
    free_state(*p.server, state);
}

/// There may be a million to tell. Others run meanwhile: none could on this thread, and those that
/// have just been told are still in the cache.
class exit_notifier {
public:
    exit_notifier(const process& p, const exit_reason& reason) noexcept
        : process_{p}, reason_{reason} {}

    void tell(pid who, signal_envelope::kind what, std::uint64_t ref) {
        if (++told_ % at_once == 0 && current_process() == &process_) // not from a timer
            this_worker->yield();
        send_signal(who, what, process_.self(), ref, reason_);
    }

private:
    static constexpr std::size_t at_once = 1000;
    const process& process_;
    const exit_reason& reason_;
    std::size_t told_ = 0;
};

/// Many may be long out of the cache.
void tell_links(exit_notifier& t, const link_table& links) {
    if (!links.has_several())
        return links.for_each(
            [&](pid other) { t.tell(other, signal_envelope::kind::linked_exit, 0); });
    constexpr std::size_t ahead = 8;
    boost::container::small_vector<pid, ahead> all;
    for_each_in_replay_order(links, [&](pid other) { all.push_back(other); });
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (i + ahead < all.size())
            __builtin_prefetch(slot_of(all[i + ahead]), 1);
        t.tell(all[i], signal_envelope::kind::linked_exit, 0);
    }
}

void notify(process& p, process_extras& x, const exit_reason& reason) {
    exit_notifier t{p, reason};
    tell_links(t, x.links);
    if (const watch_extras* const w = x.watches.get()) {
        for_each_in_replay_order(w->watchers, [&](std::uint64_t ref, pid who) {
            t.tell(who, signal_envelope::kind::down, ref);
        });
        for_each_in_replay_order(w->monitors, [&](std::uint64_t ref, pid target) {
            t.tell(target, signal_envelope::kind::demonitor, ref);
        });
    }
    for (request* r = std::exchange(x.stoppers, nullptr); r;) {
        auto* const next = static_cast<request*>(r->next);
        if (r->result == request::outcome::value) // of a task that has returned
            deliver(r);
        else
            answer_failed(r, end_of_server(p, reason));
        r = next;
    }
}

/// We died in our constructor.
void answer_starter(process& p, const exit_reason& reason) {
    if (request* r = std::exchange(p.current, nullptr))
        answer_start(r, reason);
}

void free_slot(process& p, const exit_reason& reason) {
    BOOST_ASSERT(p.mail.empty() && !p.current && !p.state);
    end_watch* watch = nullptr;
    if (rare_extras* const x = rare_if_any(p)) {
        x->notice.disarm();
        watch = x->watched_by;
    }
    forget_extras(p);
    p.id = 0;
    p.wait.leave_thread();
    if (worker* const w = this_worker)
        w->exited.store(w->exited.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    else // it is taken back by the plain thread that made it
        runtime_guard{}.runtime()->created_outside.fetch_sub(1, std::memory_order_relaxed);
    process_table::release(&p);
    if (watch)
        watch->tell(reason);
}

/// Steps that are done in the order in which they are listed.
template <auto... Steps>
struct exit_steps {
    static void run(process& p, const exit_reason& reason) { (Steps(p, reason), ...); }
};
using to_exit = exit_steps<&free_name, &close_mailbox, &refuse_mail, &answer_waiting_callers>;
using to_release = exit_steps<&answer_call_in_hand,
                              &destroy_object,
                              &notify_links_and_monitors,
                              &answer_starter,
                              &free_slot>;

/// Destructors of messages run in here: they may wait, and no exit is thrown at them.
void exit_now(process& p, const exit_reason& reason) {
    if (p.exit.has_closed_mailbox())
        return;
    p.exit.begin_exit();
    to_exit::run(p, reason);
    p.exit.end_exit();
}

} // namespace

void set_exit_hook(exit_hook h) noexcept { hook.store(h, std::memory_order_release); }

void notify_links_and_monitors(process& p, const exit_reason& reason) {
    if (p.exit.begin_to_notify() && p.extras)
        notify(p, *p.extras, reason);
}

void limit_unwinding(process& p) {
    if (!p.exit.has_exited() || p.exit.has_notified() ||
        extras_of(p).pending_exit != exit_reason::killed)
        return;
    late_notice& notice = rare_of(p).notice;
    if (notice.armed())
        return;
    notice.who = &p;
    notice.fire = [](timer_hook* h) {
        process& late = *static_cast<late_notice*>(h)->who;
        notify_links_and_monitors(late, exit_reason{late.extras->pending_exit});
    };
    worker& w = *this_worker;
    w.timers.waits.arm(notice, wait_timers::tick_of(w.now() + longest_unwinding));
}

void exit_logically(process& p, const exit_reason& reason) {
    exit_now(p, exit_reason{reason}); // it may live in what we are about to empty
}

void end_process(process& p, const exit_reason& reason) {
    // One that has exited already did so because it was told to.
    const exit_reason why =
        p.exit.has_exited() && p.exit.is_pending() ? p.extras->pending_exit : reason;
    exit_now(p, why);
    p.exit.begin_release();
    to_release::run(p, why);
}

void* allocate_state(const server_type& t) {
    if (t.align <= 64)
        return allocate_cell_of(t.size);
    return ::operator new (t.size, std::align_val_t{t.align});
}

void free_state(const server_type& t, void* state) noexcept {
    if (t.align <= 64)
        free_cell_of(state, t.size);
    else
        ::operator delete (state, std::align_val_t{t.align});
}

} // namespace coppice::detail
