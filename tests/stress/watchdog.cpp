// SPDX-License-Identifier: BSL-1.0
#include "watchdog.hpp"
#include <coppice/process_info.hpp>
#include <coppice/runtime.hpp>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>

namespace stress {
namespace {

using namespace std::chrono_literals;

std::chrono::nanoseconds cpu_of_process() noexcept {
    timespec t{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return std::chrono::seconds{t.tv_sec} + std::chrono::nanoseconds{t.tv_nsec};
}

/// How long the threads that exist now have waited for a processor since their start. Linux counts
/// it in the second word of schedstat; without that file the answer is 0.
std::chrono::nanoseconds waits_of_threads() {
    std::chrono::nanoseconds sum{};
    std::error_code gone;
    for (const auto& thread : std::filesystem::directory_iterator{"/proc/self/task", gone}) {
        std::ifstream file{thread.path() / "schedstat"};
        std::uint64_t ran = 0, waited = 0;
        if (file >> ran >> waited)
            sum += std::chrono::nanoseconds{waited};
    }
    return sum;
}

double seconds(std::chrono::nanoseconds d) { return std::chrono::duration<double>{d}.count(); }

void print_process(coppice::pid process) {
    const auto i = coppice::process_info_from_outside(process);
    if (!i)
        return;
    std::fprintf(stderr, "  %-10s %-9s %s", process.text().c_str(),
                 std::string{to_string(i->status)}.c_str(), i->type.c_str());
    if (!i->name.empty())
        std::fprintf(stderr, " \"%s\"", i->name.c_str());
    std::fprintf(stderr, ", %zu messages", i->messages);
    if (!i->handling.empty())
        std::fprintf(stderr, ", handles %s", i->handling.c_str());
    if (i->waits_for)
        std::fprintf(stderr, ", waits for %s", i->waits_for.text().c_str());
    std::fputc('\n', stderr);
}

constexpr auto look_every = 500ms;
constexpr std::size_t processes_to_print = 200;

} // namespace

watchdog::verdict watchdog::judge(const usage& u) noexcept {
    if (u.wall < 5s)
        return verdict::fine;
    // A thread that waits for a processor a good part of the time is starved, not stuck.
    if (u.waited < u.wall / 5 && u.cpu < u.wall / 10)
        return verdict::asleep;
    if (u.cpu > 30s)
        return verdict::runs_in_circles;
    return verdict::fine;
}

watchdog::watchdog(std::string what) : what_{std::move(what)}, thread_{[this] { watch(); }} {}

watchdog::~watchdog() {
    {
        const std::lock_guard hold{lock_};
        end_ = true;
    }
    ended_.notify_one();
    thread_.join();
}

void watchdog::watch() {
    std::uint64_t seen = ~std::uint64_t{0};
    clock::time_point since;
    std::chrono::nanoseconds cpu{}, waited{};
    std::unique_lock hold{lock_};
    while (!ended_.wait_for(hold, look_every, [this] { return end_; })) {
        const std::uint64_t now = done_.load(std::memory_order_relaxed);
        if (now != seen) {
            seen = now;
            since = clock::now();
            cpu = cpu_of_process();
            waited = waits_of_threads();
            continue;
        }
        const usage u{.wall = clock::now() - since,
                      .cpu = cpu_of_process() - cpu,
                      .waited = std::max(waits_of_threads() - waited, 0ns)};
        if (const verdict v = judge(u); v != verdict::fine)
            report(v, u);
    }
}

void watchdog::report(verdict v, const usage& u) const {
    std::fprintf(
        stderr,
        "\nHANG in %s\n"
        "%.1f s without progress, and the program used %.2f s of processor time and waited "
        "%.2f s for a processor: %s.\n",
        what_.c_str(), seconds(u.wall), seconds(u.cpu), seconds(u.waited),
        v == verdict::asleep ? "its threads sleep although there is something to do"
                             : "a thread runs in circles");
    if (coppice::runtime::running()) {
        const auto all = coppice::processes();
        std::fprintf(stderr, "%zu processes:\n", all.size());
        for (std::size_t i = 0; i < std::min(all.size(), processes_to_print); ++i)
            print_process(all[i]);
    }
    std::fflush(stderr);
    std::abort();
}

} // namespace stress
