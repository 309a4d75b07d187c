// SPDX-License-Identifier: BSL-1.0
#include "os_signal_wait.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <poll.h>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>

namespace coppice::detail {

namespace {

constexpr std::array taken_signals{SIGTERM, SIGINT, SIGHUP}; // the last only by a release
constexpr std::int64_t handler_stays =
    1'000'000'000; // ns, after the exit of an application that was told to stop

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

std::int64_t now_in_ns() noexcept {
    timespec t{};
    clock_gettime(CLOCK_MONOTONIC, &t); // safe in a signal handler, unlike the clocks of std
    return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

// What the handler reads. It may run on any thread, and late, so none of it is ever destroyed.
static_assert(std::atomic<int>::is_always_lock_free &&
              std::atomic<std::int64_t>::is_always_lock_free);
constinit std::atomic<int> event{-1};               // counts SIGTERM and SIGINT
constinit std::atomic<int> hangup_event{-1};        // counts SIGHUP
constinit std::atomic<pid_t> owner{0};              // the program that opened the descriptors
constinit std::atomic<bool> has_arrived{false};     // at least one to stop
constinit std::atomic<std::int64_t> taken_until{0}; // later signals go to `before`; 0: no limit
struct sigaction before[taken_signals.size()]{};    // written before the handler is installed
struct sigaction by_default {};                     // all zeros: SIG_DFL

std::size_t index_of(int signal) noexcept {
    std::size_t i = 0;
    while (taken_signals[i] != signal)
        ++i;
    return i;
}

/// Raises the signal again for another handler, which runs when this one returns.
void raise_again(int signal, const struct sigaction& handler) noexcept {
    sigaction(signal, &handler, nullptr);
    raise(signal);
}

extern "C" void on_signal(int signal) {
    const int error = errno;
    const std::int64_t end = taken_until.load(std::memory_order_acquire);
    if (getpid() != owner.load(std::memory_order_relaxed)) // a forked child without an application
        raise_again(signal, by_default);
    else if (end != 0 && now_in_ns() > end)
        raise_again(signal, before[index_of(signal)]);
    else {
        if (signal != SIGHUP)
            has_arrived.store(true, std::memory_order_relaxed);
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto written =
            write((signal == SIGHUP ? hangup_event : event).load(), &one, sizeof one);
    }
    errno = error;
}

int new_event(int flags) {
    const int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | flags);
    if (fd < 0)
        fail("coppice: application: eventfd");
    return fd;
}

/// Two descriptors for the program, never closed. A forked child opens some for its own signals.
void open_counters() {
    if (owner.load() != getpid()) {
        event.store(new_event(EFD_SEMAPHORE));
        hangup_event.store(new_event(0)); // several that come at once count as one
        owner.store(getpid());
    }
}

bool take_one(int counter) noexcept {
    std::uint64_t count = 0;
    return read(counter, &count, sizeof count) == sizeof count;
}

} // namespace

waker::waker() : event_{new_event(0)} {}

waker::~waker() { close(event_); }

void waker::wake() noexcept {
    const std::uint64_t one = 1;
    // The counter cannot be full, as each wait reads it; so a failure needs no handling.
    [[maybe_unused]] const auto written = write(event_, &one, sizeof one);
}

os_signal_wait::os_signal_wait(std::shared_ptr<waker> by, bool takes_hangup)
    : waker_{std::move(by)}, taken_{taken_signals.size() - (takes_hangup ? 0 : 1)} {
    open_counters();
    signals_ = event.load();
    hangups_ = hangup_event.load();
    while (take_one(signals_) || take_one(hangups_)) {} // for the application before this one
    has_arrived.store(false, std::memory_order_relaxed);
    taken_until.store(0, std::memory_order_release);
    struct sigaction ours {};
    ours.sa_handler = &on_signal;
    ours.sa_flags = SA_RESTART | SA_ONSTACK;
    sigemptyset(&ours.sa_mask);
    for (std::size_t i = 0; i < taken_; ++i) {
        struct sigaction now {};
        sigaction(taken_signals[i], nullptr, &now);
        if (now.sa_handler != &on_signal)
            before[i] = now;
        sigaction(taken_signals[i], &ours, nullptr);
    }
}

os_signal_wait::~os_signal_wait() {
    taken_until.store(now_in_ns() + handler_stays, std::memory_order_release);
    if (has_arrived.load(std::memory_order_relaxed))
        return; // the handler restores them
    for (std::size_t i = 0; i < taken_; ++i)
        sigaction(taken_signals[i], &before[i], nullptr);
}

os_signal_wait::why os_signal_wait::wait(time_limit limit) {
    // A duration counts from here, also when `poll` is interrupted and called again.
    const time_limit until =
        limit.is_infinite() ? limit : time_limit{limit.deadline(time_limit::clock::now())};
    for (;;) {
        pollfd all[] = {
            {waker_->descriptor(), POLLIN, 0}, {signals_, POLLIN, 0}, {hangups_, POLLIN, 0}};
        const int ready = poll(all, std::size(all), poll_time(until));
        if (ready < 0 && errno != EINTR)
            fail("coppice: application: poll");
        if (ready == 0 && time_limit::clock::now() >= until.deadline({}))
            return why::time_over;
        // The wake-up comes first: when the tree has just ended, a signal has nothing left to stop.
        std::uint64_t count = 0;
        if (read(waker_->descriptor(), &count, sizeof count) == sizeof count)
            return why::woken;
        if (take_one(signals_))
            return why::asked_to_stop;
        if (take_one(hangups_))
            return why::asked_to_reload;
    }
}

} // namespace coppice::detail
