// SPDX-License-Identifier: BSL-1.0
// Runs simulated programs; simulate.py drives it.
#include "actors.hpp"
#include "released.hpp"
#include <charconv>
#include <coppice/detail/exit_hook.hpp>
#include <coppice/runtime.hpp>
#include <coppice/testing.hpp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <thread>
#include <unistd.h>

namespace {

using namespace simulation;
using namespace std::chrono_literals;

struct orders {
    std::uint64_t first = 1, count = 1;
    std::uint32_t features = all_features;
    std::size_t threads = 0; // 0: virtual time
    bool trace = false, print = false, replay = false;
};

std::atomic<std::uint64_t> played{0};

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr auto longest = std::chrono::seconds{120};
#else
constexpr auto longest = std::chrono::seconds{10}; // a program takes a millisecond or two
#endif

std::chrono::nanoseconds time_of(clockid_t clock) {
    timespec t{};
    clock_gettime(clock, &t);
    return std::chrono::seconds{t.tv_sec} + std::chrono::nanoseconds{t.tv_nsec};
}

/// Processor time of all threads but the calling one.
std::chrono::nanoseconds processor_time() {
    return time_of(CLOCK_PROCESS_CPUTIME_ID) - time_of(CLOCK_THREAD_CPUTIME_ID);
}

/// How long the threads that exist now have waited for a processor: the second word of schedstat.
/// Without the calling thread, which on a loaded machine waits at each look.
std::chrono::nanoseconds time_in_queues() {
    const std::string own = std::to_string(gettid());
    std::chrono::nanoseconds sum{};
    std::error_code gone;
    for (const auto& thread : std::filesystem::directory_iterator{"/proc/self/task", gone}) {
        if (thread.path().filename() == own)
            continue;
        std::ifstream file{thread.path() / "schedstat"};
        std::uint64_t ran = 0, waited = 0;
        if (file >> ran >> waited)
            sum += std::chrono::nanoseconds{waited};
    }
    return sum;
}

/// Ends the program with 11 when one simulated program makes no progress. It measures processor
/// time: in virtual time a program that does not compute will never continue. A thread that waits
/// for a processor does not sleep, so several looks in a row must find all threads asleep.
void watch_for_hangs() {
    std::thread{[] {
        std::uint64_t seen = 0;
        std::chrono::nanoseconds begin{}, before{}, queued_before{};
        int looks_asleep = 0;
        for (;;) {
            timespec pause{0, 100'000'000};
            clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, nullptr);
            const std::uint64_t n = played.load(std::memory_order_relaxed);
            const auto cpu = processor_time();
            if (n != seen) {
                seen = n;
                begin = cpu;
                looks_asleep = 0;
            }
            const auto queued = time_in_queues();
            const bool sleeps =
                cpu - before < 1ms && std::chrono::abs(queued - queued_before) < 1ms;
            looks_asleep = sleeps ? looks_asleep + 1 : 0;
            before = cpu;
            queued_before = queued;
            if (looks_asleep < 30 && cpu - begin < longest)
                continue;
            std::printf("FINDING hangs: %s\n",
                        looks_asleep >= 30 ? "all threads sleep for ever" : "it runs in circles");
            std::fflush(stdout);
            _exit(11);
        }
    }}.detach();
}

std::uint64_t run(const program& p, const orders& o) {
    const bool exact = o.threads == 0;
    model rules{exact, o.trace};
    world w{p, rules, exact};
    the_world = &w;
    const bool orderly = exact ? p.seed % 4 != 0 : p.seed % 2 != 0;
    const std::size_t abandoned = coppice::runtime::abandoned_stacks();
    std::uint64_t digest = 0;
    const auto body = [&] {
        play(w, orderly);
        digest = rules.digest();
        rules.stops();
    };
    if (exact) {
        coppice::testing::simulation all{p.seed};
        all.run(body);
        if (!coppice::runtime::stop(60s).empty())
            rules.wrong("the runtime stops and leaves a process behind");
    } else if (p.seed % 3 == 0) {
        run_in_release(w, o.threads, body);
    } else {
        coppice::runtime::start({.threads = o.threads, .max_stacks = 4000});
        coppice::runtime::run(body);
        if (!coppice::runtime::stop(60s).empty())
            rules.wrong("the runtime stops and leaves a process behind");
    }
    if (coppice::runtime::abandoned_stacks() == abandoned) // else objects are left on their stacks
        rules.at_end();
    the_world = nullptr;
    played.fetch_add(1, std::memory_order_relaxed);
    return digest;
}

bool number(const char* text, std::uint64_t& n) {
    const char* end = text + std::strlen(text);
    return std::from_chars(text, end, n).ptr == end && end != text;
}

int usage() {
    std::fprintf(
        stderr,
        "usage: coppice_simulation [--first SEED] [--count N] [--without FEATURE]...\n"
        "                          [--threads N] [--print] [--trace] [--replay < PROGRAM]\n");
    return 2;
}

} // namespace

int main(int count, char** words) {
    orders o;
    for (int i = 1; i < count; ++i) {
        const std::string_view word = words[i];
        std::uint64_t n = 0;
        if (word == "--trace")
            o.trace = true;
        else if (word == "--print")
            o.print = true;
        else if (word == "--replay")
            o.replay = true;
        else if (i + 1 == count)
            return usage();
        else if (word == "--without" && feature_of(words[i + 1]) != 0)
            o.features &= ~feature_of(words[++i]);
        else if (!number(words[++i], n))
            return usage();
        else if (word == "--first")
            o.first = n;
        else if (word == "--count")
            o.count = n;
        else if (word == "--threads")
            o.threads = n;
        else
            return usage();
    }
    setenv("COPPICE_LOG", "off", 0); // the crashes are meant
    if (o.print) {
        print(std::cout, generate(o.first, o.features));
        return 0;
    }
    watch_for_hangs();
    coppice::detail::set_exit_hook([](coppice::pid process, const coppice::exit_reason& why) {
        if (the_world)
            the_world->ended(process, why);
    });
    if (o.replay) {
        program p = parse(std::cin);
        if (o.threads != 0)
            shorten(p);
        for (std::uint64_t n = 0; n < o.count; ++n) // the same each time
            std::printf("course %llx\n", static_cast<unsigned long long>(run(p, o)));
        std::puts("done");
        return 0;
    }
    for (std::uint64_t seed = o.first; seed < o.first + o.count; ++seed) {
        std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
        std::fflush(stdout);
        program p = generate(seed, o.features);
        if (o.threads != 0)
            shorten(p);
        const std::uint64_t digest = run(p, o);
        if (o.threads == 0 && seed % 16 == 1 && p.seed % 4 != 0 && run(p, o) != digest) {
            std::puts("FINDING the same seed took another course");
            return 10;
        }
    }
    std::puts("done");
    return 0;
}
