// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "timers/wait_timers.hpp"
#include <cstdint>

namespace coppice::detail {

struct fiber;

/// Something that a process waits for inside a handler, on its stack. All of it is decided on the
/// fiber's own thread, so no atomic is needed: the first to end the wait wins.
struct wait_op : timer_hook {
    enum class outcome : std::uint8_t { waiting, woken, timed_out, cancelled };

    /// Ends the wait from outside: time is up, or the process must go. False: it ends by itself
    /// soon (an answer is on its way, or a cancelled operation completes).
    bool (*give_up)(wait_op&) = [](wait_op&) { return true; };
    fiber* who = nullptr;
    outcome result = outcome::waiting;
    bool uncancellable = false;
};

} // namespace coppice::detail
