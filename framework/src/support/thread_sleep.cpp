// SPDX-License-Identifier: BSL-1.0
#include "support/thread_sleep.hpp"
#include <cerrno>
#include <ctime>

namespace coppice::detail {

void sleep_thread(std::chrono::nanoseconds time) noexcept {
    constexpr long second = 1'000'000'000; // ns
    timespec until{};
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += static_cast<std::time_t>(time.count() / second);
    until.tv_nsec += static_cast<long>(time.count() % second);
    if (until.tv_nsec >= second) {
        ++until.tv_sec;
        until.tv_nsec -= second;
    }
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) == EINTR) {}
}

} // namespace coppice::detail
