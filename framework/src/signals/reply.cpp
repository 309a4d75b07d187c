// SPDX-License-Identifier: BSL-1.0
#include "signals/reply.hpp"
#include "process/envelope_tables.hpp"
#include "process/process_extras.hpp"
#include "process/wait_edge.hpp"
#include "scheduler/runtime_state.hpp"
#include "signals/debugging.hpp"
#include <exception>
#include <stdexcept>

namespace coppice::detail {
namespace {

/// On the caller's thread.
void reply_arrived(request* r) noexcept {
    if (r->state.load(std::memory_order_relaxed) == caller_state::abandoned)
        return release(r);
    r->state.store(caller_state::answered, std::memory_order_relaxed);
    slot_of(r->caller)->wait.end_call();
    r->caller_thread->make_ready(*r->op);
}

constexpr envelope_ops reply_arrival =
    between_threads("answer", [](envelope* n, void*) { reply_arrived(static_cast<request*>(n)); });

} // namespace

void release(request* r) noexcept {
    if (r->owners.load(std::memory_order_acquire) == 1 ||
        r->owners.fetch_sub(1, std::memory_order_acq_rel) == 1) {
        delete r->why;
        r->destroy(r);
    }
}

void mark_answered(request* r) noexcept {
    r->state.store(pending_state::answered, std::memory_order_release);
}

void fail_request(request* r, failure why) noexcept {
    r->why = new failure{std::move(why)};
    r->result = request::outcome::failed;
}

void deliver(request* r) noexcept {
    if (worker* thread = r->caller_thread) {
        if (thread == this_worker)
            return reply_arrived(r);
        forget_caller(*r); // before the answer leaves: then the caller may wait for another
        r->ops = &reply_arrival;
        return send_to(*thread, r);
    }
    if (r->state.exchange(pending_state::answered, std::memory_order_acq_rel) ==
        pending_state::awaited)
        r->to_wake->wake(*r->to_wake);
    release(r);
}

void answer_failed(request* r, failure why) noexcept {
    fail_request(r, std::move(why));
    deliver(r);
}

void begin_request(request* r) noexcept { current_process()->current = r; }

namespace {
/// It goes out after terminate.
[[gnu::noinline]] void hold(process& p, request* r) { rare_of(p).held.push_back(r); }
} // namespace

void complete_request(request* r) noexcept {
    process& p = *current_process();
    // If the handler swallowed the exit, the release of the process answers the call.
    if (p.exit.has_exited())
        return;
    p.current = nullptr;
    r->result = request::outcome::value;
    if (p.after & after_flag::stop) [[unlikely]]
        hold(p, r);
    else
        deliver(r);
}

void defer_request(request* r) noexcept {
    r->deferred = true;
    r->owners.fetch_add(2, std::memory_order_relaxed); // the `from`, and our list
    process& p = *current_process();
    rare_extras& x = rare_of(p);
    x.deferred.push_back(r);
    x.just_deferred = r;
    p.after |= after_flag::deferred;
}

bool claim_answer(request* r) noexcept {
    return !r->claimed.exchange(true, std::memory_order_acq_rel);
}

void forget_caller(const request& r) noexcept {
    if (!r.caller_thread)
        return;
    // A caller whose time was up may be in another wait by now, perhaps for the same server, or its
    // slot serve another process. It said `abandoned` before that wait began, so we see it where we
    // see that wait. Between our look and the exchange it would have to begin 32 more.
    wait_state& its = slot_of(r.caller)->wait;
    const wait_edge ours{r.server, r.edge};
    if (its.edge() == ours && r.state.load(std::memory_order_relaxed) != caller_state::abandoned)
        its.end_call(ours);
}

void answer_from(request* r,
                 void (*store)(request* r, void* value) noexcept,
                 void* value) noexcept {
    {
        const runtime_guard here; // between the claim and the wake the caller's thread stays
        if (claim_answer(r)) {
            store(r, value);
            r->result = request::outcome::value;
            if (process* const p = current_process(); p && (p->after & after_flag::debugged))
                [[unlikely]]
                note_reply(*p, *r);
            deliver(r);
        }
    }
    release(r); // the message's destructor may wait
}

void throw_no_caller() {
    throw std::logic_error{
        "coppice: this `from` has no caller: it has answered before, or was moved "
        "from"};
}

failure dropped_without_answer() {
    return {.code = errc::no_reply,
            .reason = exit_reason{"no_reply"},
            .detail = "the server dropped the request without an answer"};
}

void drop_from(request* r) noexcept {
    process* p = current_process();
    // While its own server unwinds, the boundary answers: with the reason if the exception leaves
    // the handler, and with `no_reply` if the handler has caught it. Until then our list keeps the
    // request.
    const bool left_to_boundary = std::uncaught_exceptions() > 0 && p && p->self() == r->server &&
                                  !p->exit.has_exited() &&
                                  !r->claimed.load(std::memory_order_acquire);
    if (left_to_boundary) {
        r->next = std::exchange(rare_of(*p).dropped_unwinding, r);
        p->after |= after_flag::deferred;
    } else {
        const runtime_guard here; // as in answer_from
        if (claim_answer(r))
            answer_failed(r, dropped_without_answer());
    }
    release(r);
}

} // namespace coppice::detail
