// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/error.hpp>
#include <memory>

namespace coppice::detail {

/// Wakes the thread that waits for signals. Shared, so that it outlives the processes that use it.
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
/// While an object exists, a signal handler counts the two signals, and SIGHUP if that is to be
/// taken: else it keeps the effect that it has, because a program in a terminal should end with it.
/// No signal is blocked: a program
/// that a thread starts inherits its signal mask, but not its handlers, and must get its signals.
///
/// The destructor restores the handlers that were there before. If a signal has arrived, they are
/// restored a second later: the program is about to exit as it was asked to, and a second signal of
/// the same kind must not change its exit code.
///
/// Errors: std::system_error when the system has no descriptor left.
/// Context: one plain thread; one object at a time.
class os_signal_wait {
public:
    enum class why : std::uint8_t { asked_to_stop, asked_to_reload, woken, time_over };

    explicit os_signal_wait(std::shared_ptr<waker> by, bool takes_hangup = false);
    ~os_signal_wait();
    os_signal_wait(const os_signal_wait&) = delete;
    os_signal_wait& operator=(const os_signal_wait&) = delete;

    why wait(time_limit limit);

private:
    std::shared_ptr<waker> waker_;
    std::size_t taken_; // how many of the signals
    int signals_;       // counts those that stop
    int hangups_;       // counts SIGHUP
};

} // namespace coppice::detail
