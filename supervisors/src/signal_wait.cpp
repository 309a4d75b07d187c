// SPDX-License-Identifier: BSL-1.0
#include "signal_wait.hpp"

#include <algorithm>
#include <cerrno>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <system_error>
#include <unistd.h>

namespace coppice::detail {

namespace {

sigset_t stop_signals() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    return set;
}

[[noreturn]] void fail(const char* what) {
    throw std::system_error{errno, std::generic_category(), what};
}

int poll_time(time_limit limit) {
    if (limit.is_infinite())
        return -1;
    const auto now = time_limit::clock::now();
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(limit.deadline(now) - now);
    return static_cast<int>(std::clamp<std::chrono::milliseconds::rep>(left.count(), 0, 1 << 30));
}

} // namespace

waker::waker() : event_{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
    if (event_ < 0)
        fail("coppice: application: eventfd");
}

waker::~waker() { close(event_); }

void waker::wake() noexcept {
    const std::uint64_t one = 1;
    // The counter cannot be full: it is read at every wait. So there is nothing to do on failure.
    [[maybe_unused]] const auto written = write(event_, &one, sizeof one);
}

signal_wait::signal_wait(std::shared_ptr<waker> by) : waker_{std::move(by)} {
    const sigset_t set = stop_signals();
    signals_ = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals_ < 0)
        fail("coppice: application: signalfd");
    pthread_sigmask(SIG_BLOCK, &set, &before_);
}

signal_wait::~signal_wait() {
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    close(signals_);
}

signal_wait::why signal_wait::wait(time_limit limit) {
    // A duration counts from here, also when a stray interrupt makes us look again.
    const time_limit until =
        limit.is_infinite() ? limit : time_limit{limit.deadline(time_limit::clock::now())};
    for (;;) {
        pollfd both[] = {{waker_->descriptor(), POLLIN, 0}, {signals_, POLLIN, 0}};
        const int ready = poll(both, 2, poll_time(until));
        if (ready < 0 && errno != EINTR)
            fail("coppice: application: poll");
        if (ready == 0 && time_limit::clock::now() >= until.deadline({}))
            return why::time_over;
        // Woken first: when the tree has just ended, a signal has nothing left to stop.
        std::uint64_t count = 0;
        if (read(waker_->descriptor(), &count, sizeof count) == sizeof count)
            return why::woken;
        signalfd_siginfo info;
        if (read(signals_, &info, sizeof info) == sizeof info)
            return why::asked_to_stop;
    }
}

} // namespace coppice::detail
