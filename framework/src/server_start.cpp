// SPDX-License-Identifier: BSL-1.0
#include "server_start.hpp"
#include "birth.hpp"
#include "burial.hpp"
#include "calls.hpp"
#include "extras.hpp"
#include "guarded.hpp"
#include "report_events.hpp"
#include "runtime_state.hpp"
#include "signals.hpp"
#include "suspension.hpp"
#include <coppice/names.hpp>
#include <thread>

namespace coppice::detail {
namespace {

void pause_a_moment() {
    using namespace std::chrono_literals;
    process* const p = current_process();
    if (!p)
        return std::this_thread::sleep_for(1ms);
    wait_op op;
    op.uncancellable = true;
    wait_in_handler(*this_worker, *p, op, 1ms);
}

/// Keeps the starter's stack until the constructor no longer uses what lies on it, whatever happens
/// to the starter meanwhile: its time is up, or it is killed.
struct construction {
    std::atomic<bool> finished{true};

    ~construction() {
        while (!finished.load(std::memory_order_acquire))
            pause_a_moment();
    }
};

/// A child whose time was up was killed. Where its constructor waits, it and its name are gone in a moment;
/// where it computes or blocks, that takes as long as it takes.
void await_exit_for_a_moment(pid child) {
    for (int i = 0; i < 20 && child.alive(); ++i)
        pause_a_moment();
}

struct start_request final : request {
    start_request(const starter& s, construction& c) noexcept
        : request{start_operations}, how{&s}, where{&c} {
        destroy = [](request* r) noexcept { dispose(static_cast<start_request*>(r)); };
        c.finished.store(false, std::memory_order_relaxed);
    }
    explicit start_request(std::unique_ptr<const starter> s) noexcept
        : request{start_operations}, owned{std::move(s)}, how{owned.get()} {
        destroy = [](request* r) noexcept { dispose(static_cast<start_request*>(r)); };
    }
    /// The constructor uses nothing of the starter's any more.
    void finish() noexcept {
        memory = nullptr;
        if (where)
            where->finished.store(true, std::memory_order_release);
    }

    std::unique_ptr<const starter> owned;
    const starter* how;
    construction* where = nullptr;
    void* memory = nullptr; // of the object under construction
    bool ignored = false;
};

/// Takes an exit message of `who` that waits already out of our mail.
void flush_exit(process& me, pid who) {
    take_mail(me);
    drop_messages(me, [&](node* n) {
        return n->ops->key == &type_key<exit_signal> &&
               static_cast<exit_signal*>(n->ops->payload(n))->from == who;
    });
}

/// A linked start has failed. A plain starter goes down with it; one that traps exits is told by the
/// result alone, and no stray exit message follows.
void after_failed_link(pid child, const exit_reason& reason) {
    process* me = current_process();
    if (!me)
        return;
    const bool not_told_yet = more_of(*me).links.on_exit(child);
    if (me->traps.load(std::memory_order_relaxed))
        flush_exit(*me, child);
    else if (not_told_yet && reason != exit_reason::normal && !me->doomed) {
        me->doomed = true;
        more_of(*me).doom = reason;
    }
    check_doom(*me);
}

/// A monitored start has failed: the error says so, and no `down` does beside it.
void take_monitor_back(const monitor_ref* watch) {
    process* me = current_process();
    if (!me || !watch)
        return;
    watches_of(*me).monitors.erase(watch->id);
    take_mail(*me);
    drop_messages(*me, [&](node* n) {
        return n->ops->key == &type_key<down> &&
               static_cast<down*>(n->ops->payload(n))->ref == *watch;
    });
}

void kill_unlinked(pid child, bool linked) {
    if (process* me = current_process(); me && linked) {
        if (more_of(*me).links.unlink(child))
            send_signal(child, signal_node::kind::unlink, me->self());
        flush_exit(*me, child);
    }
    send_signal(child, signal_node::kind::exit, this_process::self(), 0, exit_reason::kill);
}

} // namespace

const node_ops start_operations{.what = node_ops::kind::system,
                                .key = nullptr,
                                .name = "start",
                                .handle = nullptr,
                                .drop = nullptr,
                                .payload = nullptr,
                                .is_request = true};

bool construct_server(process& p, node* n) {
    auto* r = static_cast<start_request*>(n);
    p.current = r;
    void* const memory = allocate_state(*p.server);
    r->memory = memory;
    p.running = true;
    const ending end = guarded([&] {
        check_doom(p);
        r->how->construct(memory);
    });
    p.running = false;
    r->finish();
    if (end.kind == ending::how::returned) {
        p.state = memory;
        if (p.buried) { // the constructor swallowed the exit
            end_process(p, exit_reason::killed);
            return true;
        }
        if (p.after &
            after_flag::stop) { // OTP's {stop, Reason} of init: no start, and no terminate
            const exit_reason why = more_of(p).stop_reason;
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
    else if (!p.buried && !end.reason.is_orderly())
        report_crash(p, end.reason, nullptr);
    end_process(p, end.reason);
    return true;
}

void constructor_never_began(request* r) noexcept { static_cast<start_request*>(r)->finish(); }

void* leave_construction(request* r) noexcept {
    auto* s = static_cast<start_request*>(r);
    void* const object = s->memory;
    std::ignore = s->owned.release(); // its arguments may be in use on the stack that was left
    s->finish();
    return object;
}

void answer_start(request* r, const exit_reason& reason) noexcept {
    const bool ignored = static_cast<start_request*>(r)->ignored;
    answer_failed(r, {.code = ignored ? errc::ignored : errc::start_failed, .reason = reason});
}

namespace {

/// `make_request` makes what the new process handles first.
template <class MakeRequest>
result<pid> start_with(const server_type& type, const start_options& o, MakeRequest make_request) {
    process* me = current_process();
    if (me)
        check_doom(*me);
    else if (is_between_processes())
        return would_block();
    else if (o.link || o.monitor)
        require_process("a linked or monitored start");
    visit here;
    process* const born = new_process(here.runtime(), o.mailbox);
    if (!born)
        return not_running();
    process& p = *born;
    const pid child = p.self();
    p.server = &type;
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
    tie_to_parent(p, o.link, o.monitor);
    start_request* const r = make_request();
    if (!call_unborn(p, r, o.limit, here)) {
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

result<pid> start_server(const server_type& type, const starter& s, const start_options& o) {
    construction where;
    return start_with(type, o, [&] { return make_node<start_request>(s, where); });
}

result<pid> start_server(const server_type& type,
                         std::unique_ptr<const starter> s,
                         const start_options& o) {
    return start_with(type, o, [&] { return make_node<start_request>(std::move(s)); });
}

// --- stop, suspend, resume: in order with messages ---

namespace {

struct stop_request final : request {
    explicit stop_request(exit_reason r) noexcept : request{operations}, reason{std::move(r)} {
        destroy = [](request* q) noexcept { dispose(static_cast<stop_request*>(q)); };
    }
    exit_reason reason;

    static void handle(node* n, void* server) {
        auto& p = *static_cast<process*>(server);
        auto* self = static_cast<stop_request*>(n);
        extras& x = more_of(p);
        self->next = std::exchange(x.stoppers, self);
        x.stop_reason = self->reason;
        p.after |= after_flag::stop;
        if (p.raw) { // it has no terminate: the stop is an exit
            p.doomed = true;
            x.doom = self->reason;
        }
    }
    static constexpr node_ops operations{.what = node_ops::kind::system,
                                         .key = nullptr,
                                         .name = "stop",
                                         .handle = &handle,
                                         .drop = nullptr,
                                         .payload = nullptr,
                                         .is_request = true};
};

template <bool Suspend>
struct suspend_request final : request {
    suspend_request() noexcept : request{operations} {
        destroy = [](request* q) noexcept { dispose(static_cast<suspend_request*>(q)); };
    }
    static void handle(node* n, void* server) {
        auto& p = *static_cast<process*>(server);
        p.suspended = Suspend;
        if constexpr (!Suspend) { // what waited goes before what came later
            auto& parked = rare_of(p).parked;
            node* rest = p.mail.take_all();
            for (node* m : std::exchange(parked, {}))
                append(p, m);
            while (rest) {
                node* next = rest->next;
                append(p, rest);
                rest = next;
            }
        }
        auto* self = static_cast<suspend_request*>(n);
        self->result = request::outcome::value;
        deliver(self);
    }
    static constexpr node_ops operations{.what = node_ops::kind::system,
                                         .key = nullptr,
                                         .name = Suspend ? "suspend" : "resume",
                                         .handle = &handle,
                                         .drop = nullptr,
                                         .payload = nullptr,
                                         .is_request = true};
};

result<void> ask(pid server, request* r, time_limit limit, const exit_reason* expected) {
    if (!call_and_wait(server, r, limit))
        return failure{.code = errc::timeout,
                       .reason = exit_reason::timeout,
                       .detail = server.text() + " did not do it in time"};
    if (r->result == request::outcome::value ||
        (expected && r->why->code == errc::exited && r->why->reason == *expected)) {
        release(r);
        return {};
    }
    failure why = *r->why;
    release(r);
    return why;
}

} // namespace

result<void> stop_server(pid server, const exit_reason& reason, time_limit limit) {
    return ask(server, make_node<stop_request>(reason), limit, &reason);
}
result<void> suspend_server(pid server, time_limit limit) {
    return ask(server, make_node<suspend_request<true>>(), limit, nullptr);
}
result<void> resume_server(pid server, time_limit limit) {
    return ask(server, make_node<suspend_request<false>>(), limit, nullptr);
}

void post_continue(node* n) {
    process& p = require_process("continue_with");
    if (p.buried) // a destructor: nothing is handled any more
        return n->ops->drop(n);
    rare_of(p).continues.push_back(n);
    p.after |= after_flag::continues;
}

const void* current_server() noexcept {
    const process* p = current_process();
    if (!p || !p->server)
        return nullptr;
    if (p->current && is_start(*p->current))
        return static_cast<const start_request*>(p->current)->memory;
    return p->state;
}

} // namespace coppice::detail
