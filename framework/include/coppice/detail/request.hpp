// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <atomic>
#include <coppice/pid.hpp>

// The machinery of calls, as far as templates need it. The protocol is in docs/architecture.md.
namespace coppice::detail {

struct worker;
struct wait_op;

/// What an answer wakes outside a handler's own thread: a plain thread, a process that waits for
/// pending requests, an Asio program.
struct waiter {
    void (*wake)(waiter&) = nullptr; // once for each registration that was answered
};

/// A question on its way to a server and its answer on the way back, in one envelope.
///
/// The answer takes one of two ways. A plain call from a process (`caller_thread` set) is decided
/// on the caller's own thread: the envelope travels back there, whatever process answers, and no
/// atomic is needed. A pending request (`caller_thread` null: also calls from plain threads) meets
/// its answer in `state`.
struct request : envelope {
    enum class outcome : std::uint8_t { none, value, failed };

    explicit request(const envelope_ops& o) noexcept : envelope{o} {}

    worker* caller_thread = nullptr;
    union {
        wait_op* op = nullptr; // plain call: the caller's wait, touched on its own thread only
        waiter* to_wake;       // pending: written before `state`
    };
    std::atomic<std::uint32_t> state{0};  // pending: see messaging/await.hpp
    std::atomic<std::uint32_t> owners{1}; // see release()
    std::atomic<bool> claimed{false};     // deferred only: the first answer wins
    bool deferred = false;                // a `from` exists
    outcome result = outcome::none;
    std::uint8_t edge = 0; // plain call: the low bits of the caller's `waits_for`
    // When the caller gives up, at the earliest; the clock's last moment: never. The last word of a
    // line of the cache: a compiler stores `caller` and `server` as one, and across two lines that
    // costs a call 11 ns.
    time_limit::clock::time_point deadline = time_limit::clock::time_point::max();
    pid caller;
    pid server;
    failure* why = nullptr; // owned; set when result is failed
    void (*destroy)(request*) noexcept = nullptr;
};

/// Sends the request and waits in the calling process or thread. True: `r->result` is set, and the
/// caller releases `r`. False: the timeout has passed, and `r` is no longer the caller's to touch.
[[nodiscard]] bool call_and_wait(pid server, request* r, time_limit timeout);
/// A wait without a timeout ends, too, when the caller of the request in hand gives up; any other
/// timeout stands as it is.
[[nodiscard]] time_limit within_deadline(time_limit timeout) noexcept;
/// `until`, on the clock of the runtime.
void set_deadline(request* r, time_limit until) noexcept;
/// Sends the request and returns. The caller keeps one share of `r`.
void send_request(pid server, request* r);
/// Waits for a request that was sent; false when the timeout has passed.
bool await(request* r, time_limit timeout);
bool is_answered(const request* r) noexcept;
/// Registers what the answer wakes, on the thread that answers. False: the answer is there.
bool enlist(request* r, waiter& w) noexcept;
/// Takes that back. False: the wake has come or is about to.
bool withdraw(request* r) noexcept;
/// Gives up one share; the last one destroys.
void release(request* r) noexcept;
/// The answer is not wanted any more.
void abandon(request* r) noexcept;

/// In a handler: `r` is what the boundary answers if the handler fails.
void begin_request(request* r) noexcept;
/// The value is stored: it goes out, now or, when the server stops, after `terminate`.
void complete_request(request* r) noexcept;
/// In a handler that keeps the caller for later: `r` is answered by its `from` or at the end.
void defer_request(request* r) noexcept;
/// True when the answer that is to come is the first.
bool claim_answer(request* r) noexcept;
/// By a `from`: its answer, if it is the first, is stored by `store(r, value)` and goes out. If the
/// server has ended, the caller knows already. Gives up the `from`'s share.
///
/// Context: any thread; a stop that begins meanwhile waits until the answer is out.
void answer_from(request* r, void (*store)(request* r, void* value) noexcept, void* value) noexcept;
/// By a `from` that is dropped: `no_reply`; while its own server unwinds, when its handler has
/// ended.
void drop_from(request* r) noexcept;
/// By a `from` that has no caller any more: throws std::logic_error.
[[noreturn]] void throw_no_caller();
/// A request that was refused before it was sent counts as answered.
void mark_answered(request* r) noexcept;
/// Refuses before it is sent.
void fail_request(request* r, failure why) noexcept;

/// A wait for the first of many requests.
///
/// Returns the index of one that is answered; `count` when the timeout has passed.
std::size_t await_any(request* const* requests, std::size_t count, time_limit timeout);

} // namespace coppice::detail
