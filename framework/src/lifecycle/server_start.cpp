// SPDX-License-Identifier: BSL-1.0
#include "lifecycle/server_start.hpp"
#include "lifecycle/spawn.hpp"
#include "log/report_events.hpp"
#include "messaging/call.hpp"
#include "process/guarded.hpp"
#include "process/process_extras.hpp"
#include "scheduler/runtime_state.hpp"
#include "signals/process_exit.hpp"
#include "signals/signals.hpp"
#include "signals/start_request.hpp"
#include "signals/suspension.hpp"
#include <coppice/names.hpp>

namespace coppice::detail {
namespace {

/// A child whose time was up was killed. Where its constructor waits, it and its name are gone in a
/// moment; where it computes or blocks, that takes as long as it takes.
void await_exit_for_a_moment(pid child) {
    for (int i = 0; i < 20 && child.alive(); ++i)
        pause_a_moment();
}

/// Takes an exit message of `who` that waits already out of our mail.
void flush_exit(process& me, pid who) {
    take_mail(me);
    drop_messages(me, [&](envelope* n) {
        return n->ops->key == &type_key<exit_signal> &&
               static_cast<exit_signal*>(n->ops->payload(n))->from == who;
    });
}

/// A linked start has failed. A plain starter goes down with it; one that traps exits is told by
/// the result alone, and no stray exit message follows.
void after_failed_link(pid child, const exit_reason& reason) {
    process* me = current_process();
    if (!me)
        return;
    const bool not_told_yet = extras_of(*me).links.on_exit(child);
    if (me->traps.load(std::memory_order_relaxed))
        flush_exit(*me, child);
    else if (not_told_yet && reason != exit_reason::normal && !me->exit.is_pending())
        set_exit_pending(*me, reason);
    cancellation_point(*me);
}

/// A monitored start has failed: the error says so, and no `down` does beside it.
void take_monitor_back(const monitor_ref* watch) {
    process* me = current_process();
    if (!me || !watch)
        return;
    watches_of(*me).monitors.erase(watch->id);
    take_mail(*me);
    drop_messages(*me, [&](envelope* n) {
        return n->ops->key == &type_key<down> &&
               static_cast<down*>(n->ops->payload(n))->ref == *watch;
    });
}

void kill_unlinked(pid child, bool linked) {
    if (process* me = current_process(); me && linked) {
        if (extras_of(*me).links.unlink(child))
            send_signal(child, signal_envelope::kind::unlink, me->self());
        flush_exit(*me, child);
    }
    send_signal(child, signal_envelope::kind::exit, this_process::self(), 0, exit_reason::kill);
}

} // namespace

bool construct_server(process& p, envelope* n) {
    auto* r = static_cast<start_request*>(n);
    p.current = r;
    void* const memory = allocate_state(*p.server);
    r->memory = memory;
    p.running = true;
    const ending end = guarded([&] {
        cancellation_point(p);
        r->how->construct(memory);
    });
    p.running = false;
    r->finish();
    if (end.kind == ending::how::returned) {
        p.state = memory;
        if (p.exit.has_exited()) { // the constructor swallowed the exit
            end_process(p, exit_reason::killed);
            return true;
        }
        if (p.after &
            after_flag::stop) { // OTP's {stop, Reason} of init: no start, and no terminate
            const exit_reason why = extras_of(p).stop_reason;
            if (!why.is_orderly())
                report_crash(p, why, nullptr);
            end_process(p, why);
            return true;
        }
        p.current = nullptr;
        r->result = request::outcome::value;
        deliver(r);
        return false;
    }
    free_state(*p.server, memory);
    if (end.kind == ending::how::ignored)
        r->ignored = true;
    else if (!p.exit.has_exited() && !end.reason.is_orderly())
        report_crash(p, end.reason, nullptr);
    end_process(p, end.reason);
    return true;
}

namespace {

/// `make_request` makes what the new process handles first.
template <class MakeRequest>
result<pid> start_with(const server_type& type,
                       const server_start_options& o,
                       MakeRequest make_request) {
    process* me = current_process();
    if (me)
        cancellation_point(*me);
    else if (is_between_processes())
        return would_block();
    else if (o.link || o.monitor)
        require_process("a linked or monitored start");
    runtime_guard here;
    process* const created = new_process(here.runtime(), o.mailbox);
    if (!created) [[unlikely]] {
        if (me)
            end_by_stop(*me);
        return not_running();
    }
    process& p = *created;
    const pid child = p.self();
    p.server = &type;
    if (o.skip_late_requests.value_or(type.skips_late_requests))
        p.after |= after_flag::skips_late;
    if (!o.name.empty())
        if (auto named = register_name(o.name, child, o.binding); !named) {
            failure why = named.error();
            if (why.code == errc::name_taken) {
                const pid holder = whereis(o.name);
                why.code = errc::already_started;
                why.reason = exit_reason::tagged("already_started", exit_reason{holder.text()});
            }
            take_back(p, false, nullptr);
            return why;
        }
    if (o.key)
        if (auto why = o.key->claim(child)) {
            take_back(p, false, nullptr);
            return std::move(*why);
        }
    tie_to_parent(p, o.link, o.monitor);
    start_request* const r = make_request();
    const auto never_sent = [](process& child, request* start) {
        constructor_never_began(start);
        take_back(child, true, nullptr);
    };
    if (!call_new(p, r, o.timeout, here, never_sent)) {
        take_monitor_back(o.monitor);
        kill_unlinked(child, o.link);
        await_exit_for_a_moment(child);
        return failure{.code = errc::timeout,
                       .reason = exit_reason::timeout,
                       .detail = std::string{type.name} + "'s constructor took too long; " +
                                 child.text() + " was killed"};
    }
    const bool started = r->result == request::outcome::value;
    failure why = started ? failure{errc::timeout} : *r->why;
    release(r);
    if (started)
        return child;
    take_monitor_back(o.monitor);
    if (why.detail.empty())
        why.detail = std::string{type.name} + "'s constructor ended with " + why.reason.text();
    if (o.link)
        after_failed_link(child, why.reason);
    return why;
}

} // namespace

result<pid> start_server(const server_type& type, const starter& s, const server_start_options& o) {
    construction where;
    return start_with(type, o, [&] { return make_envelope<start_request>(s, where); });
}

result<pid> start_server(const server_type& type, const starter* s, const server_start_options& o) {
    std::unique_ptr<const starter> owned{s};
    return start_with(type, o, [&] { return make_envelope<start_request>(std::move(owned)); });
}

bool has_timeout(const server_start_options& o) noexcept { return !o.timeout.is_infinite(); }

void post_continue(envelope* n) {
    process& p = require_process("continue_with");
    if (p.exit.has_exited()) // a destructor: nothing is handled any more
        return n->ops->drop(n);
    events_of(p).next.push_back(n);
    p.after |= after_flag::continues;
}

} // namespace coppice::detail
