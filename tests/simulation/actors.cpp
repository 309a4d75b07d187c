// SPDX-License-Identifier: BSL-1.0
#include "actors.hpp"
#include <algorithm>
#include <coppice/gen_server.hpp>
#include <coppice/names.hpp>
#include <coppice/process.hpp>
#include <coppice/process_info.hpp>
#include <coppice/receive.hpp>
#include <coppice/this_process.hpp>

namespace simulation {

using namespace coppice;
using namespace std::chrono_literals;

namespace {

/// What a step throws.
struct failed_on_purpose : std::runtime_error {
    failed_on_purpose() : std::runtime_error{"on purpose"} {}
};
/// The function returns.
struct function_is_done {};

// --- messages ---

class parcel {
public:
    parcel(int number, int bomb) noexcept : number_{number}, bomb_{bomb} {}
    parcel(parcel&& o) noexcept : number_{std::exchange(o.number_, 0)}, bomb_{o.bomb_} {}
    parcel& operator=(parcel&&) = delete;
    ~parcel() {
        if (number_ == 0)
            return;
        the_world->rules.dies(number_);
        if (bomb_ && !handled_)
            explode();
        the_world->rules.destroyed(number_);
    }
    int number() const { return number_; }
    void handled_by(model::life_id l) {
        handled_ = true;
        the_world->rules.handled(l, number_, this_process::now());
    }

private:
    void explode() const;
    int number_, bomb_;
    bool handled_ = false;
};

struct letter { // by pid
    parcel in;
};
struct task { // a cast
    parcel in;
};
struct answer {
    int number;
};
struct ask {
    parcel in;
    using reply = answer;
};
struct ask_later {
    parcel in;
    using reply = answer;
};
struct more {};

void parcel::explode() const {
    if (!this_process::self())
        return;
    switch (bomb_) {
    case 1:
        return this_process::yield();
    case 2:
        return this_process::sleep(1ms);
    default:
        the_world->rules.sends_itself(the_world->rules.life_of(this_process::self()));
        return this_process::self().send(more{});
    }
}

time_limit limit_of(int number) {
    switch (number % all_times) {
    case 0:
        return 0ns;
    case 1:
        return 1ns;
    case 2:
        return 100us;
    case 3:
        return 1ms;
    case 4:
        return 3ms;
    case 5:
        return 20ms;
    case 6:
        return 1s;
    case 7:
        return 1h;
    case 8:
        return -1ns;
    case 9:
        return -1h;
    case 10:
        return time_limit::clock::duration::min();
    case 11:
        return time_limit::clock::duration::max();
    case 12:
        return std::chrono::hours::max();
    case 13:
        return std::chrono::seconds::min();
    case 14:
        return std::chrono::duration<double>{1e300};
    case 15:
        return this_process::now() - 5s;
    case 16:
        return time_limit::clock::time_point::min();
    default:
        return infinity;
    }
}

/// The same where only a duration is taken.
int as_duration(int number) {
    const int n = number % all_times;
    return n <= 11 ? n : n == 12 || n == 14 || n == 17 ? 11 : 10;
}
time_limit::clock::duration duration_of(int number) {
    return limit_of(as_duration(number)).length();
}

exit_reason reason_of(int number) { return exit_reason{reason_text(number)}; }

std::string name_of(int number) {
    static constexpr std::string_view names[names_in_use] = {"ann", "ben", "cid"};
    return std::string{names[number % names_in_use]};
}

/// Counts what lives.
struct counted {
    counted() { ++the_world->rules.objects; }
    counted(const counted&) { ++the_world->rules.objects; }
    counted(counted&&) noexcept { ++the_world->rules.objects; }
    counted& operator=(const counted&) = default;
    ~counted() { --the_world->rules.objects; }
};

// --- what an actor has with it ---

struct kept_caller {
    from<answer> caller;
    int number;
    counted alive = {};
};
struct asked {
    pending<answer> answer_;
    int number;
};
struct timer {
    timer_ref ref;
    int number;
};

struct player {
    player(world& all, int who) : w{all}, actor{who} {
        me = w.rules.enter(this_process::self(), actor, w.actor_of(actor));
        w.is_played_by(actor, this_process::self());
    }
    ~player() {
        if (w.rules.is_over(me)) // they have been told how it ended
            return;
        for (const kept_caller& k : kept)
            w.rules.dropped_caller(k.number);
    }
    player(const player&) = delete;
    player& operator=(const player&) = delete;

    bool is_function() const { return w.actor_of(actor).what == kind::function; }

    /// One step; what it throws passes on unless the step swallows it.
    void take(const step& s, phase when);
    /// All steps of a phase in which nothing may be thrown but what ends the process.
    void take_all(phase when);

    world& w;
    const int actor;
    model::life_id me;
    std::vector<kept_caller> kept;
    std::vector<asked> open;
    std::vector<timer> timers;
    std::vector<monitor_ref> watches;

private:
    /// While a step waits, perhaps.
    struct waiting {
        waiting(player& who, int number, model::waits what) : p{who} {
            p.w.rules.waits_for(p.me, number, what);
        }
        ~waiting() { p.w.rules.waits_no_more(p.me); }
        waiting(const waiting&) = delete;
        player& p;
    };
    struct waiting_on {
        waiting_on(player& who, pid other) : p{who} { p.w.rules.waits_on(p.me, other); }
        ~waiting_on() { p.w.rules.waits_on(p.me, {}); }
        waiting_on(const waiting_on&) = delete;
        player& p;
    };
    void act(const step& s, phase when);
    void start(const step& s);
    void start_child(const step& s);
    template <class M>
    void ask_and_wait(const step& s, bool throws);
    void receive(const step& s, phase when);
    void end_by(const step& s);
    parcel make(const step& s, pid to, model::way how, std::optional<wide> due = {}) {
        return {w.rules.make_parcel(me, to, how, due), s.bomb};
    }
};

class server {
public:
    explicit server(int actor) : own_{*the_world, actor} {
        if (own_.w.actor_of(actor).traps) {
            own_.w.rules.traps(own_.me, true);
            this_process::trap_exit(true);
        }
        struct construction {
            player& own;
            explicit construction(player& p) : own{p} {
                own.w.rules.constructor_begins(own.me, this_process::parent());
            }
            ~construction() { own.w.rules.constructor_ends(own.me, this_process::parent()); }
        } const here{own_};
        own_.w.rules.handler_begins(own_.me, "its constructor");
        if (const step* s = own_.w.next(actor, phase::constructor))
            own_.take(*s, phase::constructor);
        own_.w.rules.handler_ends(own_.me, this_process::now());
    }
    server(const server&) = delete;
    ~server() { own_.take_all(phase::destructor); }

    void handle_cast(task t) {
        const handler here{own_, "a cast"};
        t.in.handled_by(own_.me);
        one_step();
    }
    answer handle_call(ask a) {
        const handler here{own_, "a call"};
        a.in.handled_by(own_.me);
        one_step();
        own_.w.rules.replied(a.in.number(), this_process::now());
        return {a.in.number()};
    }
    void handle_call(ask_later a, from<answer> f) {
        const handler here{own_, "a call"};
        a.in.handled_by(own_.me);
        own_.w.rules.kept(a.in.number());
        own_.kept.push_back({std::move(f), a.in.number()});
        one_step();
    }
    void handle_info(down d) {
        const handler here{own_, "a down"};
        own_.w.rules.heard_down(own_.me, d);
        one_step();
    }
    void handle_info(exit_signal s) {
        const handler here{own_, "an exit signal"};
        own_.w.rules.heard_exit(own_.me, s);
        one_step();
    }
    void handle_info(timeout) {
        own_.w.rules.heard_timeout(own_.me, this_process::now());
        const handler here{own_, "an idle timeout"};
        one_step();
    }
    void handle_info(message m) {
        const handler here{own_, "a message"};
        if (auto* l = m.get_if<letter>())
            l->in.handled_by(own_.me);
        one_step();
    }
    void handle_continue(more) {
        const handler here{own_, "a continue", false};
        one_step();
    }
    void terminate(const exit_reason&) {
        own_.w.rules.terminate_begins(own_.me);
        while (const step* s = own_.w.next(own_.actor, phase::terminate))
            own_.take(*s, phase::terminate);
    }

private:
    struct handler {
        handler(player& p, const char* what, bool is_message = true) : own{p} {
            own.w.rules.handler_begins(own.me, what, is_message);
        }
        ~handler() { own.w.rules.handler_ends(own.me, this_process::now()); }
        player& own;
    };
    void one_step() {
        if (const step* s = own_.w.next(own_.actor, phase::body))
            own_.take(*s, phase::body);
    }
    counted alive_;
    player own_;
};

bool take_any_message(player& p, time_limit limit) {
    return this_process::receive(
        [&](letter l) {
            l.in.handled_by(p.me);
            return true;
        },
        [&](down d) {
            p.w.rules.heard_down(p.me, d);
            return true;
        },
        [&](exit_signal s) {
            p.w.rules.heard_exit(p.me, s);
            return true;
        },
        [](message) { return true; }, after(limit, [] { return false; }));
}

void function_body(int actor, counted) {
    world& w = *the_world;
    struct with_destructor {
        player own;
        ~with_destructor() { own.take_all(phase::destructor); }
    } all{{w, actor}};
    player& own = all.own;
    if (w.actor_of(actor).traps) {
        w.rules.traps(own.me, true);
        this_process::trap_exit(true);
    }
    w.rules.may_end(own.me, exit_reason::noproc); // a link with the dead
    try {
        while (const step* s = w.next(actor, phase::body))
            own.take(*s, phase::body);
    } catch (const function_is_done&) {
        w.rules.may_end(own.me, exit_reason::normal);
        return;
    }
    for (;;) {
        w.rules.set_idle(own.me, true);
        take_any_message(own, infinity);
        w.rules.waited(own.me, phase::body, "receive");
    }
}

// --- steps ---

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
                w.rules.born_linked(me, p);
        }
        w.is_played_by(s.target, p);
        return;
    }
    w.rules.starts_linked(me, how == 1);
    struct at_end {
        player& p;
        ~at_end() { p.w.rules.starts_linked(p.me, false); }
    } over{*this};
    const auto r = try_start_with<server>({.link = how == 1, .mailbox = box}, s.target);
    if (!r) {
        w.rules.may_end(me, r.error().reason);
        return;
    }
    if (how == 1)
        w.rules.born_linked(me, *r);
}

template <class M>
void player::ask_and_wait(const step& s, bool throws) {
    if (w.actor_of(s.target).what == kind::function)
        return;
    const pid to = w.pid_of(s.target);
    const auto deadline = end_of_wait(s.number, this_process::now());
    parcel in = make(s, to, model::way::typed);
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
    auto got = this_process::receive<letter>(limit_of(s.number));
    w.rules.waited(me, when, "receive");
    w.rules.must_not_be_late(me, "receive", due, this_process::now());
    if (!got) {
        if (!w.rules.is_over(me) && !(when == phase::destructor && w.rules.may_be_doomed(me)))
            w.rules.must_not_be_early("receive", due, this_process::now());
        return;
    }
    letter l{std::move(*got)};
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
        parcel in = make(s, to, model::way::by_pid);
        const int number = in.number();
        const waiting here{*this, number, model::waits::for_room};
        to.send(letter{std::move(in)});
        return w.rules.posted(number);
    }
    case op::cast:
    case op::try_cast: {
        if (!is_server)
            return;
        parcel in = make(s, to, model::way::typed);
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
        parcel in = make(s, to, model::way::typed);
        const int number = in.number();
        w.rules.asks(number, {});
        const waiting here{*this, number, model::waits::for_room};
        open.push_back({s.number % 2
                            ? server_ref<server>{to}.send_request(ask{std::move(in)})
                            : server_ref<server>{to}.send_request(ask_later{std::move(in)}),
                        number});
        if (open.back().answer_.ready()) // it was refused, and the request keeps the message
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
        parcel in = make(s, to, model::way::timer, due);
        const int number = in.number();
        timers.push_back({to.send_after(duration_of(s.number), letter{std::move(in)}), number});
        return w.rules.posted(number);
    }
    case op::cancel: {
        if (timers.empty())
            return;
        timer t = timers.back();
        timers.pop_back();

        w.rules.timer_cancelled(t.number, true); // the message dies before cancel returns
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
        if (const auto l = w.rules.life_of(to); l != model::nobody)
            w.rules.may_end(l, exit_reason::normal);
        const waiting_on here{*this, to};
        (void)server_ref<server>{to}.try_stop(exit_reason::normal, limit_of(s.number));
        return w.rules.must_not_be_late(me, "stop", end_of_wait(s.number, now),
                                        this_process::now());
    }
    case op::info:
        (void)info(to);
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
    }
}

void end_them_all(world& w, model::life_id me) {
    const auto a_while = w.exact ? time_limit{1h} : time_limit{1ms};
    for (int tries = 0; tries < 2000; ++tries) {
        auto all = processes();
        if (all.size() == 1)
            return;
        std::sort(all.begin(), all.end(), [&](pid a, pid b) { // by age: their order means nothing
            return w.rules.life_of(a) < w.rules.life_of(b);
        });
        for (const pid p : all)
            if (p != this_process::self()) {
                w.rules.exit_sent(me, p, exit_reason::kill);
                p.exit(exit_reason::kill);
            }
        this_process::sleep(a_while);
    }
    w.rules.wrong("a process that was killed does not end");
}

} // namespace

world::world(const program& p, model& m, bool virtual_time)
    : what{p},
      rules{m},
      exact{virtual_time},
      pids(p.actors.size()),
      steps(p.actors.size() * 4),
      taken(p.actors.size() * 4) {
    for (const step& s : p.steps)
        steps[static_cast<std::size_t>(s.who) * 4 + static_cast<std::size_t>(s.when)].push_back(&s);
}

const step* world::next(int actor, phase when) {
    const std::size_t list = static_cast<std::size_t>(actor) * 4 + static_cast<std::size_t>(when);
    const std::size_t i = taken[list].fetch_add(1, std::memory_order_relaxed);
    return i < steps[list].size() ? steps[list][i] : nullptr;
}

void play(world& w, bool orderly) {
    player own{w, 0};
    bool has_children = false;
    for (const actor& a : w.what.actors)
        has_children = has_children || a.what == kind::child;
    if (has_children)
        w.tree = coppice::start<supervisor>(supervisor_flags{.intensity = 5, .period = 1s},
                                            std::vector<child_spec>{});
    while (const step* s = w.next(0, phase::body))
        try {
            own.take(*s, phase::body);
        } catch (const call_error&) {
            continue; // a call that has failed is no end of the play
        }
    if (!orderly)
        return;
    this_process::sleep(w.exact ? time_limit{10s} : time_limit{2ms});
    if (w.exact)
        w.rules.at_rest(this_process::now());
    end_them_all(w, own.me);
}

} // namespace simulation
