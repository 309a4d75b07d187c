// SPDX-License-Identifier: BSL-1.0
#include "messaging/call.hpp"
#include "messaging/await.hpp"
#include "messaging/call_cycle.hpp"
#include "messaging/deadline.hpp"
#include "messaging/reserved_room.hpp"
#include "process/process_extras.hpp"
#include "process/wait_edge.hpp"
#include "scheduler/runtime_state.hpp"
#include "signals/mailbox_limit.hpp"
#include "signals/signals.hpp"
#include "signals/suspension.hpp"
#include "support/virtual_clock.hpp"
#include <boost/assert.hpp>

namespace coppice::detail {
namespace {

/// The caller owns `s`: it is served on this thread at once, and the caller's fiber waits.
void run_now(worker& w, process& s, request* r) {
    append(s, r);
    const bool elsewhere = s.bound || s.low_priority || w.sim || !w.keeps_work();
    fiber* f = elsewhere ? nullptr : w.fiber_for(s);
    if (f)
        w.switch_to(*f);
    else
        schedule(s);
}

/// The server waits for a process that waits for the caller. Of two that close a cycle at a time
/// one sees it: both have stored what they wait for, and have a fence between that and their look.
std::optional<failure> closes_a_cycle(const process& p, pid server) {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (slot_of(server)->wait.edge() == wait_edge{})
        return std::nullopt;
    return find_call_cycle(p, server);
}

/// The server runs, or must wait its turn. As hand_over.
[[gnu::noinline]] bool enqueue(process& p, pid server, request* r) {
    if (auto cycle = closes_a_cycle(p, server)) {
        fail_request(r, std::move(*cycle));
        return false;
    }
    unsigned depth = 0;
    switch (push(server, r, depth)) {
    case pushed::refused:
        fail_request(r, no_process(server));
        return false;
    case pushed::claimed:
        schedule(*slot_of(server));
        break;
    case pushed::queued:
        if (depth == mailbox_word::depth_mask) [[unlikely]]
            note_deep_push(server);
        break;
    }
    return true;
}

/// Sends from the calling process, straight to a fiber that serves when the server is idle. Such a
/// one waits for no process, and if it will, it sees what we wait for: no fence is needed.
///
/// False: the request has failed, and is still the caller's.
inline bool hand_over(worker& w, process& p, pid server, request* r) {
    if (w.sim || !claim_idle(server))
        return enqueue(p, server, r);
    run_now(w, *slot_of(server), r);
    return true;
}

/// Sends by `send(wait)`, which may end the wait, and waits. True: answered or failed, and the
/// request is still the caller's.
template <wait_edge::kind What = wait_edge::kind::answer, class Send>
bool converse(
    worker& w, process& p, pid server, request_owner& owner, const time_limit& timeout, Send send) {
    request* r = owner.r;
    call_wait op{w, r};
    r->caller = p.self();
    r->server = server;
    r->edge = p.wait.begin_call(server, What).low();
    begin_wait(w, p, op);
    bool sent = false;
    if (op.result == wait_op::outcome::waiting) {
        w.arm(op, timeout);
        sent = send(op);
    }
    if (sent) {
        finish_wait(w, p, op);
        // What ended the wait has said so: reply_arrived, or give_up.
        BOOST_ASSERT(p.wait.edge() == wait_edge{});
    } else {
        forget_wait(p, op);
        p.wait.take_call_back();
    }
    if (sent && op.result != wait_op::outcome::woken)
        owner.r = nullptr; // abandoned: it is freed when it arrives
    cancellation_point(p);
    return std::exchange(owner.r, nullptr) != nullptr;
}

/// There is no server to call.
[[gnu::noinline]] bool refuse_call(pid server, request_owner& owner) {
    failure refused =
        server ? failure{.code = errc::calling_self,
                         .reason = exit_reason{"calling_self"},
                         .detail = "process " + server.text() +
                                   " called itself and would wait for ever: call a function "
                                   "instead, or cast"}
               : no_process(server);
    fail_request(std::exchange(owner.r, nullptr), std::move(refused));
    return true;
}

[[gnu::noinline]] bool refuse_late_call(request_owner& owner) {
    fail_request(std::exchange(owner.r, nullptr), too_late_to_call());
    return true;
}

/// With a bounded mailbox.
[[gnu::noinline]] bool call_bounded(
    worker& w, process& p, pid server, request_owner& owner, time_limit timeout) {
    request* const r = owner.r;
    timeout = timeout.deadline(clock_now()); // one limit for the room and for the answer
    reserved_room room{server};
    if (auto full = room.reserve(r, timeout)) {
        fail_request(std::exchange(owner.r, nullptr), std::move(*full));
        return true;
    }
    return converse(w, p, server, owner, timeout, [&](wait_op&) {
        const bool sent = hand_over(w, p, server, r);
        if (sent)
            room.delivered();
        return sent;
    });
}

bool call_from_process(worker& w, process& p, pid server, request* r, time_limit timeout) {
    request_owner owner{r}; // a kill may take us out of here at any suspension point
    cancellation_point(p);
    if (!server || server == p.self()) [[unlikely]]
        return refuse_call(server, owner);
    const call_time time = plan_call(w, p, timeout);
    r->deadline = time.deadline;
    if (time.is_late) [[unlikely]]
        return refuse_late_call(owner);
    if (slot_of(server)->mail_bound.exists()) [[unlikely]]
        return call_bounded(w, p, server, owner, time.timeout);
    return converse(w, p, server, owner, time.timeout,
                    [&](wait_op&) { return hand_over(w, p, server, r); });
}

} // namespace

call_wait::call_wait(worker& w, request* r) : asked{r} {
    r->caller_thread = &w;
    r->op = this;
    give_up = [](wait_op& op) {
        auto& self = static_cast<call_wait&>(op);
        self.asked->state.store(caller_state::abandoned, std::memory_order_relaxed);
        self.who->current->wait.end_call();
        return true;
    };
}

failure no_process(pid server) {
    return {.code = errc::noproc,
            .reason = exit_reason::noproc,
            .detail = server ? "process " + server.text() + " has ended"
                             : "no process: the reference is empty",
            .not_started = true};
}

bool is_between_processes() noexcept { return this_worker && !this_worker->process_now(); }

failure would_block() {
    return {.code = errc::would_block,
            .reason = exit_reason{"would_block"},
            .detail = make_error_code(errc::would_block).message(),
            .not_started = true};
}

// --- the caller's side ---

namespace {

/// Waits for room, where the mailbox is bounded, but not longer than `timeout`.
void send(pid server, request* r, time_limit timeout) {
    r->server = server;
    const auto refuse = [&](failure why) {
        r->owners.store(1, std::memory_order_relaxed);
        fail_request(r, std::move(why));
        r->state.store(pending_state::answered, std::memory_order_release);
    };
    if (process* p = current_process())
        r->caller = p->self();
    if (!the_runtime.load(std::memory_order_acquire))
        return refuse(not_running());
    if (!server)
        return refuse(no_process(server));
    if (r->caller && server == r->caller)
        return refuse({.code = errc::calling_self, .reason = exit_reason{"calling_self"}});
    // An exit may be thrown while we wait for room; then the request is still the caller's alone.
    reserved_room room{server};
    if (auto full = room.reserve(r, timeout))
        return refuse(std::move(*full));
    r->owners.store(2, std::memory_order_relaxed);
    unsigned depth = 0;
    switch (push(server, r, depth)) {
    case pushed::refused:
        return refuse(no_process(server));
    case pushed::claimed:
        room.delivered();
        return schedule(*slot_of(server));
    case pushed::queued:
        if (depth == mailbox_word::depth_mask) [[unlikely]]
            note_deep_push(server);
        return room.delivered();
    }
}

/// The request of a plain thread. In a simulation it has no deadline: the thread has another clock
/// than the processes.
void set_deadline_of_thread(request* r, time_limit::clock::time_point until) noexcept {
    if (!the_virtual_clock.load(std::memory_order_acquire))
        r->deadline = until;
}

[[gnu::noinline]] bool call_from_thread(pid server, request* r, time_limit timeout) {
    timeout = timeout.deadline(time_limit::clock::now());
    set_deadline_of_thread(r, timeout.deadline({}));
    send(server, r, timeout);
    if (await(r, timeout))
        return true;
    abandon(r);
    return false;
}

[[gnu::noinline]] bool refuse_to_block(request* r) {
    fail_request(r, would_block());
    return true;
}

} // namespace

bool call_and_wait(pid server, request* r, time_limit timeout) {
    worker* w = this_worker;
    if (!w)
        return call_from_thread(server, r, timeout);
    process* p = w->process_now();
    return p ? call_from_process(*w, *p, server, r, timeout) : refuse_to_block(r);
}

bool call_new(process& child,
              request* r,
              time_limit timeout,
              runtime_guard& here,
              never_sent_function never_sent) {
    worker* w = this_worker;
    const pid server = child.self();
    if (process* p = w ? w->process_now() : nullptr) {
        request_owner owner{r};
        struct not_sent { // a kill came before the child has got the request
            process* child;
            request* r;
            never_sent_function never_sent;
            ~not_sent() {
                if (child)
                    never_sent(*child, r);
            }
        } not_yet{&child, r, never_sent};
        const call_time time = plan_call(*w, *p, timeout);
        r->deadline = time.deadline;
        return converse(*w, *p, server, owner, time.timeout, [&](wait_op&) {
            not_yet.child = nullptr;
            run_now(*w, child, r);
            return true;
        });
    }
    r->owners.store(2, std::memory_order_relaxed);
    r->server = server;
    timeout = timeout.deadline(time_limit::clock::now());
    set_deadline_of_thread(r, timeout.deadline({}));
    append(child, r);
    schedule(child);
    here.leave(); // what follows may take long
    if (await(r, timeout))
        return true;
    abandon(r);
    return false;
}

// --- room in a full mailbox ---

namespace {

failure stayed_full(pid server) {
    return {.code = errc::timeout,
            .reason = exit_reason::timeout,
            .detail = "the mailbox of " + server.text() + " stayed full"};
}

/// The receiver makes room, fences and takes its mail: it sees our request, or we see the room, and
/// need not wait for a handler that computes. It says that it waits for us, fences, and looks
/// whether we wait for room that there is: if that room is gone now, we see that it waits. Model:
/// `room`.
std::optional<failure> wait_for_room_in_process(
    worker& w, process& p, pid server, request* r, time_limit timeout) {
    request_owner owner{r};
    cancellation_point(p);
    std::optional<failure> refused;
    bool look_again = false;
    const auto send = [&](wait_op& wait) {
        if (!hand_over(w, p, server, r))
            return false;
        if (wait.result != wait_op::outcome::waiting)
            return true;
        std::atomic_thread_fence(std::memory_order_seq_cst);
        look_again = has_room(server);
        if (look_again || (refused = closes_a_cycle(p, server))) {
            wait.give_up(wait);
            wait.result = wait_op::outcome::timed_out;
        }
        return true;
    };
    if (!converse<wait_edge::kind::room>(w, p, server, owner, timeout, send)) {
        if (!look_again && !refused)
            refused = stayed_full(server);
    } else {
        if (r->result == request::outcome::failed)
            refused = std::move(*r->why);
        release(r);
    }
    return refused;
}

std::optional<failure> wait_for_room_in_thread(pid server, request* r, time_limit timeout) {
    timeout = timeout.deadline(time_limit::clock::now());
    send(server, r, infinity);
    std::atomic_thread_fence(std::memory_order_seq_cst); // as above
    const bool look_again = has_room(server) && !is_answered(r);
    std::optional<failure> refused;
    if (look_again || !await(r, timeout)) {
        if (!look_again)
            refused = stayed_full(server);
        abandon(r);
        return refused;
    }
    if (r->result == request::outcome::failed)
        refused = std::move(*r->why);
    release(r);
    return refused;
}

} // namespace

std::optional<failure> wait_for_room(pid server, request* r, time_limit timeout) {
    worker* w = this_worker;
    if (!w)
        return wait_for_room_in_thread(server, r, timeout);
    if (process* p = w->process_now())
        return wait_for_room_in_process(*w, *p, server, r, timeout);
    release(r);
    return would_block();
}

void send_request(pid server, request* r) { send(server, r, infinity); }

bool is_answered(const request* r) noexcept {
    return r->state.load(std::memory_order_acquire) == pending_state::answered;
}

bool await(request* r, time_limit timeout) { return await_any(&r, 1, timeout) == 0; }

std::size_t await_any(request* const* requests, std::size_t count, time_limit timeout) {
    return wait_for_any(requests, count, timeout);
}

void abandon(request* r) noexcept { release(r); }

} // namespace coppice::detail
