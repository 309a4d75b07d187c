// SPDX-License-Identifier: BSL-1.0
#include "signal_wait.hpp"

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

constexpr std::array stop_signals{SIGTERM, SIGINT};
constexpr std::int64_t keeps_taking =
    1'000'000'000; // ns, after the end of a program that was told to end

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

// What the handler looks at. A handler may run on any thread, and late; so all of it stays for ever.
static_assert(std::atomic<int>::is_always_lock_free &&
              std::atomic<std::int64_t>::is_always_lock_free);
constinit std::atomic<int> event{-1};        // counts the signals
constinit std::atomic<pid_t> owner{0};       // the program whose descriptor that is
constinit std::atomic<bool> has_come{false}; // one, at least
constinit std::atomic<std::int64_t> taken_until{
    0};                                         // later ones are not ours; 0: as long as we wait
struct sigaction before[stop_signals.size()]{}; // written before the handler is there
struct sigaction by_default {};                 // all zeros: SIG_DFL

std::size_t index_of(int signal) noexcept { return signal == stop_signals[0] ? 0 : 1; }

/// For another handler: it is blocked until this one returns.
void come_again(int signal, const struct sigaction& for_whom) noexcept {
    sigaction(signal, &for_whom, nullptr);
    raise(signal);
}

extern "C" void on_stop_signal(int signal) {
    const int error = errno;
    const std::int64_t end = taken_until.load(std::memory_order_acquire);
    if (getpid() !=
        owner.load(std::memory_order_relaxed)) // forked, and has not started its program yet
        come_again(signal, by_default);
    else if (end != 0 && now_in_ns() > end)
        come_again(signal, before[index_of(signal)]);
    else {
        has_come.store(true, std::memory_order_relaxed);
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto written = write(event.load(), &one, sizeof one);
    }
    errno = error;
}

/// One for the program, never closed. A forked child makes its own: its signals are not its parent's.
int counter_of_signals() {
    if (owner.load() != getpid()) {
        const int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
        if (fd < 0)
            fail("coppice: application: eventfd");
        event.store(fd);
        owner.store(getpid());
    }
    return event.load();
}

bool take_one(int counter) noexcept {
    std::uint64_t count = 0;
    return read(counter, &count, sizeof count) == sizeof count;
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

signal_wait::signal_wait(std::shared_ptr<waker> by)
    : waker_{std::move(by)}, signals_{counter_of_signals()} {
    while (take_one(signals_)) {} // of the one before
    has_come.store(false, std::memory_order_relaxed);
    taken_until.store(0, std::memory_order_release);
    struct sigaction ours {};
    ours.sa_handler = &on_stop_signal;
    ours.sa_flags = SA_RESTART | SA_ONSTACK;
    sigemptyset(&ours.sa_mask);
    for (std::size_t i = 0; i < stop_signals.size(); ++i) {
        struct sigaction now {};
        sigaction(stop_signals[i], nullptr, &now);
        if (now.sa_handler != &on_stop_signal)
            before[i] = now;
        sigaction(stop_signals[i], &ours, nullptr);
    }
}

signal_wait::~signal_wait() {
    taken_until.store(now_in_ns() + keeps_taking, std::memory_order_release);
    if (has_come.load(std::memory_order_relaxed))
        return; // the handler gives them back
    for (std::size_t i = 0; i < stop_signals.size(); ++i)
        sigaction(stop_signals[i], &before[i], nullptr);
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
        if (take_one(signals_))
            return why::asked_to_stop;
    }
}

} // namespace coppice::detail
