// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/detail/request.hpp>
#include <coppice/detail/server.hpp>
#include <optional>

// What the engine of a behaviour (gen_statem) needs of the process that runs it. An engine is a
// part of the server object. It decides what is handled before the next message; the process does
// it: so a stop, a kill and a report come between two events as they come between two messages.
//
// Context of all: in the engine's process.
namespace coppice::detail {

/// The engine of the server that runs, in its constructor, too. Null: it has none, or there is no
/// server.
void* running_engine() noexcept;

/// What a handler has said that the engine must know of.
struct said {
    bool stop = false;
    std::optional<time_limit::clock::duration> idle_timeout; // taken: it is the engine's now
};
said take_said() noexcept;
/// Has the handler said `stop()`?
bool has_said_stop() noexcept;

/// By the event in hand: `n` comes before all that waits, behind what it has inserted before.
void insert_event(envelope* n);
/// `n` is handled again when the state has changed.
void postpone_event(envelope* n);
/// The same with a call that was deferred: it becomes a message again. Its `from` was given up, by
/// `release`.
void postpone_deferred(request* r);
/// The event in hand is done: what it has inserted comes next, then, after a change of state, what
/// was postponed, then what came next before. False: nothing of that; the next message comes next.
bool arrange_events(bool state_has_changed) noexcept;
/// The event in hand has failed: what it has inserted is dropped. As arrange_events.
bool drop_inserted() noexcept;

/// A timer of an engine: `take` gives the event that is due, or null when the timer was cancelled
/// meanwhile.
struct engine_timer final : envelope {
    using taker = envelope* (*)(void* engine, std::uint64_t serial);

    engine_timer(void* e, taker t, std::uint64_t s) noexcept
        : envelope{operations}, engine{e}, take{t}, serial{s} {}

    void* engine; // no timer arrives when its process has ended
    taker take;
    std::uint64_t serial;

    static void handle(envelope* n, void* process);
    static void drop(envelope* n) noexcept { dispose(static_cast<engine_timer*>(n)); }
    static constexpr envelope_ops operations{.what = envelope_ops::kind::system,
                                             .key = nullptr,
                                             .name = "timer",
                                             .handle = &handle,
                                             .drop = &drop,
                                             .payload = nullptr};
};

} // namespace coppice::detail
