// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <atomic>
#include <cstdint>

// A program has one runtime at a time. Starts and stops come from any thread, and meet; here stands
// what each of them then does.
namespace coppice::detail::life_cycle {

enum class phase : std::uint8_t { stopped, starting, running, stopping };

/// What is asked for, or has happened.
enum class event : std::uint8_t {
    start,    ///< runtime::start
    join,     ///< runtime::run: uses what runs, or starts a runtime
    stop,     ///< runtime::stop
    started,  ///< the start has come to its end
    failed,   ///< or it has not
    all_ended ///< the stop has come to its end
};

/// From where. A thread on which processes run would wait for itself, and so would a piece of
/// `blocking`, whose process a stop waits for.
enum class caller : std::uint8_t { plain_thread, blocking_piece, runtime_thread };

enum class answer : std::uint8_t {
    go,      ///< the phase has changed to `next`, and the caller does what that takes
    nothing, ///< there is nothing to do
    wait,    ///< for another phase, and then asks again
    refuse
};

struct decision {
    answer what = answer::refuse;
    phase next = phase::stopped; ///< where the answer is `go`
    bool operator==(const decision&) const = default;
};

/// The whole table. Does nothing itself.
decision decide(phase now, event e, caller who) noexcept;

/// Asks until the answer is no longer `wait`, and changes the phase where it is `go`: of several
/// that come at a time one goes, and the others are asked again.
///
/// Context: any thread; waits only where `decide` says so.
answer ask(event e, caller who) noexcept;

phase now() noexcept;

/// Says where this code runs.
caller this_caller() noexcept;

/// While one lives, this thread runs a piece of `blocking`.
class blocking_piece {
public:
    blocking_piece() noexcept;
    ~blocking_piece();
    blocking_piece(const blocking_piece&) = delete;
    blocking_piece& operator=(const blocking_piece&) = delete;
};

} // namespace coppice::detail::life_cycle
