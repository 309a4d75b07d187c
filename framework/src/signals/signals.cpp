// SPDX-License-Identifier: BSL-1.0
#include "signals/signals.hpp"
#include "process/envelope_tables.hpp"
#include "process/process_extras.hpp"
#include "scheduler/runtime_state.hpp"
#include "signals/info_request.hpp"
#include "signals/mailbox_limit.hpp"
#include "signals/suspension.hpp"

namespace coppice::detail {
namespace {

/// Tells the thread on which a process is blocked that a signal lies in its word.
struct signal_wakeup final : envelope {
    explicit signal_wakeup(process& p) noexcept : envelope{operations}, slot{p} {}
    process& slot;

    static void handle(envelope* n, void* w) {
        auto* self = static_cast<signal_wakeup*>(n);
        process& p = self->slot;
        dispose(self);
        // That this thread is where it is blocked only this thread says and takes back, so it is
        // true, and what the process is blocked in cannot change under us. It need not be the
        // incarnation that was meant: others may rely on our coming, see send_signal.
        if (!p.wait.is_on(static_cast<worker*>(w)) || !p.wait.is_blocked())
            return;
        take_mail(p);
        if (p.exit.is_pending())
            cancel_wait(p);
    }
    static constexpr envelope_ops operations = between_threads("nudge", &handle);
};

/// The process must end with `reason`; the first deadly signal decides.
void end_by_signal(process& p, const exit_reason& reason) {
    if (!p.exit.is_pending() && !p.exit.has_exited())
        set_exit_pending(p, reason);
}

void handle_exit(process& p, const signal_envelope& s) {
    if (s.reason == exit_reason::kill)
        return end_by_signal(p, exit_reason::killed);
    if (p.traps.load(std::memory_order_relaxed))
        return append_message(p, exit_signal{.from = s.from, .reason = s.reason});
    if (s.reason == exit_reason::normal && s.from != p.self())
        return;
    end_by_signal(p, s.reason);
}

void handle_linked_exit(process& p, const signal_envelope& s) {
    if (!p.extras || !p.extras->links.on_exit(s.from))
        return; // unlinked meanwhile
    if (p.traps.load(std::memory_order_relaxed))
        append_message(p, exit_signal{.from = s.from, .reason = s.reason});
    else if (s.reason != exit_reason::normal)
        end_by_signal(p, s.reason);
}

void handle_down(process& p, const signal_envelope& s) {
    watch_extras* const x = watches_if_any(p);
    if (!x || !x->monitors.erase(s.ref))
        return; // taken back meanwhile
    append_message(p, down{.ref = {s.ref}, .process = s.from, .reason = s.reason});
}

/// It will be a message: it needs no haste, and stays in the word until the receiver wants mail.
///
/// The receiver stores `traps`, fences and takes its mail when it ceases to trap; we have pushed,
/// fence and look at `traps`. So it finds what we think is a message, or we see that it is none.
bool becomes_a_message(const process& p, signal_envelope::kind what, bool is_kill) {
    if (what == signal_envelope::kind::down)
        return true;
    if (what != signal_envelope::kind::linked_exit &&
        (what != signal_envelope::kind::exit || is_kill))
        return false;
    std::atomic_thread_fence(std::memory_order_seq_cst);
    return p.traps.load(std::memory_order_relaxed);
}

void park_behind(process& p, envelope* last) {
    for (envelope* n = p.mail.take_behind(last); n;) {
        envelope* next = n->next;
        park(p, n);
        n = next;
    }
}

} // namespace

void handle_signal(process& p, signal_envelope* n) {
    const envelope_guard<signal_envelope> guard{n};
    switch (n->what) {
    case signal_envelope::kind::exit:
        return handle_exit(p, *n);
    case signal_envelope::kind::linked_exit:
        return handle_linked_exit(p, *n);
    case signal_envelope::kind::link:
        return extras_of(p).links.on_link(n->from);
    case signal_envelope::kind::unlink:
        extras_of(p).links.on_unlink(n->from);
        return send_signal(n->from, signal_envelope::kind::unlink_acknowledge, p.self());
    case signal_envelope::kind::unlink_acknowledge:
        return extras_of(p).links.on_acknowledge(n->from);
    case signal_envelope::kind::monitor:
        watches_of(p).watchers.get(n->ref) = n->from;
        return;
    case signal_envelope::kind::demonitor:
        watches_of(p).watchers.erase(n->ref);
        return;
    case signal_envelope::kind::down:
        return handle_down(p, *n);
    case signal_envelope::kind::look:
        return answer_look(p, n->ref);
    }
}

void refuse_signal(pid dead, signal_envelope* n) {
    const envelope_guard<signal_envelope> guard{n};
    if (n->what == signal_envelope::kind::link)
        send_signal(n->from, signal_envelope::kind::linked_exit, dead, 0, exit_reason::noproc);
    else if (n->what == signal_envelope::kind::monitor)
        send_signal(n->from, signal_envelope::kind::down, dead, n->ref, exit_reason::noproc);
    else if (n->what == signal_envelope::kind::unlink)
        send_signal(n->from, signal_envelope::kind::unlink_acknowledge, dead);
    else if (n->what == signal_envelope::kind::look)
        refuse_look(n->ref);
}

void send_signal(
    pid to, signal_envelope::kind what, pid from, std::uint64_t ref, const exit_reason& reason) {
    const runtime_guard here; // the thread that we may nudge stays until we have
    if (!to || !here.runtime())
        return;
    auto* n = make_envelope<signal_envelope>(what, from, ref, reason);
    const bool is_kill = what == signal_envelope::kind::exit && reason == exit_reason::kill;
    unsigned depth = 0;
    switch (push(to, n, depth)) {
    case pushed::refused:
        return refuse_signal(to, n);
    case pushed::claimed:
        return schedule(*slot_of(to));
    case pushed::queued:
        break;
    }
    if (!becomes_a_message(*slot_of(to), what, is_kill))
        make_take_mail(to);
}

void make_take_mail(pid to) {
    const runtime_guard here;
    process& p = *slot_of(to);
    // The receiver runs, waits to run, or is blocked inside a handler. It stores its thread, fences
    // and looks at `signalled` (wait_state::begin); we store `signalled`, fence and look for the
    // thread: one sees the other. Where it is set already, the sender that set it has yet to look,
    // or the receiver to clear it, which it does before it takes its mail, ours as well. The slot
    // may belong to a later incarnation by now, for which we come in vain, but must come: another
    // sender may have found `signalled` set by us.
    if (p.signalled.exchange(true, std::memory_order_acq_rel))
        return;
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (worker* thread = p.wait.thread())
        send_to(*thread, make_envelope<signal_wakeup>(p));
}

void sort_mail(process& p) {
    const bool bounded = p.mail_bound.exists();
    if (bounded)
        p.after |= after_flag::bounded_mail;
    bool met_signal = false;
    envelope* received_before = nullptr; // the last message that came before all signals
    for (envelope* n = take_all(p); n;) {
        envelope* next = n->next;
        if (p.exit.is_pending() && !(bounded && is_about_room(*n)))
            park(p, n); // behind a deadly signal; refused when it exits
        else if (n->ops->what == envelope_ops::kind::signal) {
            if (!std::exchange(met_signal, true))
                received_before = p.mail.back();
            handle_signal(p, static_cast<signal_envelope*>(n));
        } else if (bounded && is_about_room(*n))
            n->ops->handle(n, &p);
        else
            append(p, n);
        n = next;
    }
    // What a signal makes is no message before all signals have acted that came with it. So it is
    // in OTP.
    if (met_signal && p.exit.is_pending())
        park_behind(p, received_before);
}

} // namespace coppice::detail
