// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "watchdog.hpp"
#include <coppice/runtime.hpp>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

// What the parts of the stress test share. A part runs until its time is over, checks that all that
// it started has ended, and returns a sentence with its counts.
namespace stress {

struct order {
    std::uint64_t seed;
    watchdog::clock::time_point until;
    bool is_long; // run the large forms

    bool time_left() const { return watchdog::clock::now() < until; }
};

std::string messages(const order& o);
std::string calls(const order& o);
std::string parking(const order& o);
std::string exceptions(const order& o);
std::string memory(const order& o);

/// Random numbers: every actor has its own sequence, from the seed of the run.
class dice {
public:
    dice(std::uint64_t seed, std::uint64_t actor) : engine_{seed * 1'000'003 + actor} {}

    /// 0 ... below-1.
    std::uint64_t operator()(std::uint64_t below) { return engine_() % below; }
    bool once_in(std::uint64_t n) { return engine_() % n == 0; }
    std::chrono::microseconds up_to(std::chrono::microseconds most) {
        return std::chrono::microseconds{engine_() % static_cast<std::uint64_t>(most.count() + 1)};
    }

private:
    std::mt19937_64 engine_;
};

/// Ends the program if the condition is false.
inline void require(bool is_so, const char* what) {
    if (is_so)
        return;
    std::fprintf(stderr, "\nWRONG: %s\n", what);
    std::fflush(stderr);
    std::abort();
}

/// The state of a part lives outside of the runtime, and is checked when the runtime has stopped.
inline void start_runtime(std::size_t threads) {
    // TSan holds 8,128 fibers.
    coppice::runtime::start({.threads = threads, .max_stacks = 4000});
}
inline void stop_runtime() {
    require(coppice::runtime::stop(std::chrono::seconds{60}).empty(), "a killed process ends");
}

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
inline constexpr bool is_sanitized = true;
#else
inline constexpr bool is_sanitized = false;
#endif

#if defined(NDEBUG)
inline constexpr bool is_slow = is_sanitized;
#else
inline constexpr bool is_slow = true; // built to find mistakes
#endif

} // namespace stress
