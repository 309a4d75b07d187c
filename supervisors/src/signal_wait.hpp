// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/error.hpp>
#include <memory>

namespace coppice::detail {

/// Wakes the thread that waits for signals. Shared, so that a process that is late may still do it.
class waker {
public:
    /// Errors: std::system_error when the system has no descriptor left.
    waker();
    ~waker();
    waker(const waker&) = delete;
    waker& operator=(const waker&) = delete;

    void wake() noexcept;
    int descriptor() const noexcept { return event_; }

private:
    int event_;
};

/// Where a plain thread waits for SIGTERM and SIGINT, or to be woken by a process.
///
/// While one lives, a handler takes the two signals and counts them. Nothing is blocked: what is blocked in
/// a thread is blocked in the programs that it starts, and those must get their signals. A handler is not
/// handed down to them.
///
/// When it goes, what was there before is there again. If a signal has come, that happens a second later:
/// the program is about to end as it was asked to, and one more of the same must not spoil its exit code.
///
/// Errors: std::system_error when the system has no descriptor left.
/// Context: one plain thread; one lives at a time.
class signal_wait {
public:
    enum class why : std::uint8_t { asked_to_stop, woken, time_over };

    explicit signal_wait(std::shared_ptr<waker> by);
    ~signal_wait();
    signal_wait(const signal_wait&) = delete;
    signal_wait& operator=(const signal_wait&) = delete;

    why wait(time_limit limit);

private:
    std::shared_ptr<waker> waker_;
    int signals_; // counts them
};

} // namespace coppice::detail
