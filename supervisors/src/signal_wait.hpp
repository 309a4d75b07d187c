// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/error.hpp>
#include <csignal>
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
/// While one lives, the two signals are blocked in the thread that made it and in all threads that
/// are started meanwhile, so that none of them runs a handler or dies of one.
///
/// Errors: std::system_error when the system has no descriptor left.
/// Context: one plain thread.
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
    int signals_;
    sigset_t before_;
};

} // namespace coppice::detail
