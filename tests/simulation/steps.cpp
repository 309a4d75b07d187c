// SPDX-License-Identifier: BSL-1.0
#include "modules.hpp"
#include "numbers.hpp"
#include "server.hpp"
#include <coppice/names.hpp>
#include <coppice/process.hpp>
#include <coppice/process_info.hpp>
#include <coppice/receive.hpp>

namespace simulation {

using namespace coppice;
using namespace std::chrono_literals;

void player::take(const step& s, phase when) {
    w.rules.note("actor " + std::to_string(actor) + ": " + text(s));
    if (!s.swallow)
        return act(s, when);
    try {
        act(s, when);
    } catch (const function_is_done&) {
        throw;
    } catch (...) {
        w.rules.swallowed(me);
    }
}

void player::take_all(phase when) {
    while (const step* s = w.next(actor, when))
        try {
            take(*s, when);
        } catch (const call_error&) {
            continue;
        }
}

void player::start_child(const step& s) {
    if (!w.tree.process())
        return;
    const auto& a = w.actor_of(s.target);
    constexpr restart_type types[] = {permanent, transient, temporary};
    const std::string id = std::to_string(s.target);
    auto spec = child<server>(id, s.target).restart(types[s.number % 3]);
    spec = std::move(spec).shutdown(s.number % 2 ? shutdown_policy{20ms}
                                                 : shutdown_policy{brutal_kill});
    if (a.bound)
        spec = std::move(spec).mailbox({a.bound, static_cast<overflow_policy>(a.policy)});
    const waiting_on here{*this, w.tree.process()};
    (void)supervisor::try_start_child(w.tree, std::move(spec));
}

void player::start(const step& s) {
    const auto& a = w.actor_of(s.target);
    const pid before = w.pid_of(s.target);
    if (before && before.alive())
        return;
    if (a.what == kind::child)
        return start_child(s);
    const mailbox_limit box{a.bound, static_cast<overflow_policy>(a.policy)};
    // Actor 0 lives to the end: it is linked with no process.
    const int how = actor == 0 && s.number % 3 == 1 ? 0 : s.number % 3;
    if (a.what == kind::function) {
        pid p;
        if (how == 2) {
            const spawned made = spawn_monitor(function_body, s.target, counted{});
            p = made.process;
            w.rules.enter(p, s.target, simulation::actor{a.what, 0, 0, a.traps});
            w.rules.monitors(me, made.monitor, p, true);
            watches.push_back(made.monitor);
        } else {
            p = spawn({.link = how == 1, .mailbox = box}, function_body, s.target, counted{});
            w.rules.enter(p, s.target, a);
            if (how == 1)
                w.rules.spawned_linked(me, p);
        }
        w.is_played_by(s.target, p);
        return;
    }
    w.rules.starts_linked(me, how == 1 && s.number % 5 != 4);
    struct at_end {
        player& p;
        ~at_end() { p.w.rules.starts_linked(p.me, false); }
    } over{*this};
    const auto r = s.number % 5 == 4 ? try_start_under_key(w, s.target, s.number / 15)
                   : how == 1        ? try_start_link<server>({.mailbox = box}, s.target)
                                     : try_start<server>({.mailbox = box}, s.target);
    if (!r) {
        w.rules.may_end(me, r.error().reason);
        return;
    }
    if (how == 1 && s.number % 5 != 4)
        w.rules.spawned_linked(me, *r);
}

template <class M>
void player::ask_and_wait(const step& s, bool throws) {
    if (w.actor_of(s.target).what == kind::function)
        return;
    const pid to = w.pid_of(s.target);
    const auto deadline = end_of_wait(s.number, this_process::now());
    counted_message in = make(s, to, model::way::typed);
    const int number = in.number();
    w.rules.asks(number, deadline);
    const waiting here{*this, number, model::waits::for_answer};
    const auto failed = [&](const failure& why) {
        w.rules.failed(me, number, why, this_process::now());
        w.rules.must_not_be_late(me, "a call", deadline, this_process::now());
    };
    const server_ref<server> target{to};
    if (!throws) {
        const auto r = target.try_call(M{std::move(in)}, limit_of(s.number));
        if (r)
            w.rules.answered(me, number, r->number);
        else
            failed(r.error());
        return;
    }
    try {
        w.rules.answered(me, number, target.call(M{std::move(in)}, limit_of(s.number)).number);
    } catch (const call_error& e) {
        failed(e.why());
        w.rules.may_end(me, detail::exit_reason_of(e.why()));
        throw;
    }
}

void player::receive(const step& s, phase when) {
    const auto due = end_of_wait(s.number, this_process::now());
    auto got = this_process::receive<pid_message>(limit_of(s.number));
    w.rules.waited(me, when, "receive");
    w.rules.must_not_be_late(me, "receive", due, this_process::now());
    if (!got) {
        if (!w.rules.is_over(me) &&
            !(when == phase::destructor && w.rules.may_have_pending_exit(me)))
            w.rules.must_not_be_early("receive", due, this_process::now());
        return;
    }
    pid_message l{std::move(*got)};
    l.in.handled_by(me);
}

void player::end_by(const step& s) {
    const exit_reason why = reason_of(s.number);
    w.rules.may_end(me, why);
    if (s.what == op::leave)
        this_process::exit(why);
    if (is_function())
        throw function_is_done{};
    w.rules.stops_in_handler(me);
    this_process::stop(why);
}

void player::act(const step& s, phase when) {
    const pid to = w.pid_of(s.target);
    const bool is_server = w.actor_of(s.target).what != kind::function;
    const auto now = this_process::now();
    switch (s.what) {
    case op::start:
        return start(s);
    case op::send: {
        counted_message in = make(s, to, model::way::by_pid);
        const int number = in.number();
        const waiting here{*this, number, model::waits::for_room};
        to.send(pid_message{std::move(in)});
        return w.rules.posted(number);
    }
    case op::cast:
    case op::try_cast: {
        if (!is_server)
            return;
        counted_message in = make(s, to, model::way::typed);
        const int number = in.number();
        const waiting here{*this, number, model::waits::for_room};
        if (s.what == op::cast)
            server_ref<server>{to}.cast(task{std::move(in)});
        else {
            const auto r = server_ref<server>{to}.try_cast(task{std::move(in)}, limit_of(s.number));
            if (!r)
                w.rules.not_sent(me, number, r.error());
            w.rules.must_not_be_late(me, "try_cast", end_of_wait(s.number, now),
                                     this_process::now());
        }
        return w.rules.posted(number);
    }
    case op::call:
        return ask_and_wait<ask>(s, when == phase::body);
    case op::try_call:
        return ask_and_wait<ask>(s, false);
    case op::ask_later:
        return ask_and_wait<ask_later>(s, false);
    case op::request: {
        if (!is_server)
            return;
        counted_message in = make(s, to, model::way::typed);
        const int number = in.number();
        w.rules.asks(number, {});
        const waiting here{*this, number, model::waits::for_room};
        open.push_back({s.number % 2
                            ? server_ref<server>{to}.send_request(ask{std::move(in)})
                            : server_ref<server>{to}.send_request(ask_later{std::move(in)}),
                        number});
        if (open.back().answer_.ready()) // refused: the request keeps the message
            w.rules.not_asked(me, number);
        else
            w.rules.posted(number);
        return;
    }
    case op::collect: {
        if (open.empty())
            return;
        asked a = std::move(open.back());
        open.pop_back();
        w.rules.asks(a.number, end_of_wait(s.number, now));
        const waiting here{*this, a.number, model::waits::for_answer};
        const auto r = a.answer_.try_get(limit_of(s.number));
        w.rules.must_not_be_late(me, "a pending's get", end_of_wait(s.number, now),
                                 this_process::now());
        return r ? w.rules.answered(me, a.number, r->number)
                 : w.rules.failed(me, a.number, r.error(), this_process::now());
    }
    case op::answer:
    case op::drop: {
        if (kept.empty())
            return;
        kept_caller k = std::move(kept.front());
        kept.erase(kept.begin());
        if (s.what == op::drop)
            return w.rules.dropped_caller(k.number);
        w.rules.replied(k.number, now);
        return k.caller.reply({k.number});
    }
    case op::send_after: {
        const auto due = end_of_wait(as_duration(s.number), now);
        counted_message in = make(s, to, model::way::timer, due);
        const int number = in.number();
        timers.push_back(
            {to.send_after(duration_of(s.number), pid_message{std::move(in)}), number});
        return w.rules.posted(number);
    }
    case op::cancel: {
        if (timers.empty())
            return;
        timer t = timers.back();
        timers.pop_back();

        w.rules.timer_cancelled(t.number, true); // the message is destroyed before cancel returns
        return w.rules.timer_cancelled(t.number, t.ref.cancel().has_value());
    }
    case op::link:
        w.rules.links(me, to);
        try {
            this_process::link(to);
        } catch (const call_error& e) {
            w.rules.may_end(me, detail::exit_reason_of(e.why()));
            throw;
        }
        return w.rules.linked(me, to);
    case op::unlink:
        this_process::unlink(to);
        return w.rules.unlinked(me, to);
    case op::monitor: {
        const auto ref = this_process::monitor(to);
        w.rules.monitors(me, ref, to, false);
        watches.push_back(ref);
        return;
    }
    case op::demonitor: {
        if (watches.empty())
            return;
        const auto ref = watches.back();
        watches.pop_back();
        const bool flushes = s.number % 2 != 0;
        const bool there = this_process::demonitor(ref, flushes ? this_process::flush::yes
                                                                : this_process::flush::no);
        return w.rules.demonitored(me, ref, there, flushes);
    }
    case op::trap:
        if (s.number % 2)
            w.rules.traps(me, true);
        this_process::trap_exit(s.number % 2);
        return w.rules.traps(me, s.number % 2);
    case op::exit:
        w.rules.exit_sent(me, to, reason_of(s.number));
        return to.exit(reason_of(s.number));
    case op::leave:
    case op::finish:
        return end_by(s);
    case op::fail:
        try {
            throw failed_on_purpose{};
        } catch (const failed_on_purpose&) {
            w.rules.may_end(me, exit_reason::from_exception(std::current_exception()));
            throw;
        }
    case op::receive:
        return receive(s, when);
    case op::sleep: {
        const auto due = end_of_wait(s.number, now);
        this_process::sleep(limit_of(s.number));
        w.rules.waited(me, when, "sleep");
        w.rules.must_not_be_late(me, "sleep", due, this_process::now());
        if (!w.rules.is_over(me))
            w.rules.must_not_be_early("sleep", due, this_process::now());
        return;
    }
    case op::yield:
        this_process::yield();
        return w.rules.waited(me, when, "yield");
    case op::idle:
        if (is_function())
            return;
        w.rules.wants_idle(me, end_of_wait(as_duration(s.number), {}));
        return this_process::idle_timeout(duration_of(s.number));
    case op::resume:
        if (is_function() || when != phase::body)
            return;
        return this_process::continue_with(static_cast<server*>(nullptr), more{});
    case op::name:
        return w.rules.named(name_of(s.number), to, register_name(name_of(s.number), to));
    case op::unname:
        return w.rules.unnamed(name_of(s.number), unregister_name(name_of(s.number)));
    case op::find:
        return w.rules.found(name_of(s.number), whereis(name_of(s.number)));
    case op::stop: {
        if (!is_server)
            return;
        if (const auto l = w.rules.life_of(to); l != model::no_life)
            w.rules.may_end(l, exit_reason::normal);
        const waiting_on here{*this, to};
        (void)server_ref<server>{to}.try_stop(exit_reason::normal, limit_of(s.number));
        return w.rules.must_not_be_late(me, "stop", end_of_wait(s.number, now),
                                        this_process::now());
    }
    case op::info:
        (void)process_info(to);
        return;
    case op::remove:
        if (w.tree.process()) {
            const waiting_on here{*this, w.tree.process()};
            (void)supervisor::try_terminate_child(w.tree, std::to_string(s.target));
        }
        return;
    case op::renew:
        if (w.tree.process()) {
            const waiting_on here{*this, w.tree.process()};
            (void)supervisor::try_restart_child(w.tree, std::to_string(s.target));
        }
        return;
    case op::count:
        if (w.tree.process()) {
            const waiting_on here{*this, w.tree.process()};
            (void)supervisor::try_count_children(w.tree);
        }
        return;
    default:
        return w.act(*this, s, when);
    }
}

} // namespace simulation
