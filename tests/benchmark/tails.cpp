// SPDX-License-Identifier: BSL-1.0
// W13: how long calls take while others keep the CPUs busy.
#include "busy_processes.hpp"
#include "compute.hpp"
#include "figure.hpp"
#include "workloads.hpp"
#include <algorithm>
#include <array>
#include <coppice.hpp>
#include <optional>
#include <random>

namespace benchmark {

using namespace coppice;
using namespace std::chrono_literals;

namespace {

using time_point = time_limit::clock::time_point;

constexpr std::uint32_t workers = 1'000, clients = 100, seeds = 16;
constexpr unsigned busy_beside = 4;
constexpr std::chrono::microseconds call_work = 20us, longest_pause = 20ms;

// --- the servers ---

struct work {
    std::uint32_t seed;
    using reply = std::uint64_t;
};
struct served {
    using reply = long;
};

/// 20 us of CPU a call.
class worker {
public:
    std::uint64_t handle_call(work w) {
        ++served_;
        return compute(w.seed, steps_that_take(call_work));
    }
    long handle_call(served) const { return served_; }

private:
    long served_ = 0;
};

/// The right answer of a worker, for each seed.
std::array<std::uint64_t, seeds> right_answers() {
    std::array<std::uint64_t, seeds> all;
    for (std::uint32_t s = 0; s < seeds; ++s)
        all[s] = compute(s, steps_that_take(call_work));
    return all;
}

struct burn {
    std::chrono::nanoseconds cpu;
};

/// One handler that runs for as long as it is told and never suspends.
class burner {
public:
    void handle_cast(burn b) { value_ = compute(value_, steps_that_take(b.cpu)); }
    std::uint64_t handle_call(work) const { return value_; }

private:
    std::uint64_t value_ = 1;
};

// --- the clients ---

/// The measurements of one client.
struct record {
    std::vector<double> from_call, from_due; // ms
    bool right = true;
};

using servers = std::vector<server_ref<worker>>;

/// One client's calls: the server of each, its time, and how long it took.
class caller {
public:
    caller(const servers* all, unsigned seed) : servers_{all}, random_{seed} {}

    /// Calls a server at random. `due`: when the call should have begun.
    void call_one(time_point due) {
        static const auto answers = right_answers();
        const auto& server = (*servers_)[random_() % workers];
        const auto seed = static_cast<std::uint32_t>(random_() % seeds);
        const auto begun = time_limit::clock::now();
        seen_.right &= server.call(work{seed}, infinity) == answers[seed];
        const auto now = time_limit::clock::now();
        seen_.from_call.push_back(ms(now - begun));
        seen_.from_due.push_back(ms(now - due));
    }
    std::chrono::microseconds pause() {
        return std::chrono::microseconds{random_() % longest_pause.count()};
    }
    record take_seen() { return std::move(seen_); }

private:
    static double ms(time_point::duration d) {
        return std::chrono::duration<double, std::milli>(d).count();
    }
    const servers* servers_;
    std::minstd_rand random_;
    record seen_;
};

/// A function process, which waits on its stack.
void client(const servers* all, unsigned seed, bool pauses, time_point until, pid owner) {
    caller me{all, seed};
    do { // a client without a processor still makes one call, and records how late it was
        const auto due = time_limit::clock::now() + (pauses ? me.pause() : 0us);
        if (pauses)
            this_process::sleep(due);
        me.call_one(due);
    } while (time_limit::clock::now() < until);
    owner.send(me.take_seen());
}

struct knock {
    time_point due;
};
struct harvest {
    using reply = record;
};

/// The same as a server that wakes itself: between its calls it holds no stack, and may move.
class roaming_client {
public:
    roaming_client(const servers* all, unsigned seed, time_point until)
        : me_{all, seed}, until_{until} {
        knock_later();
    }
    void handle_info(knock k) {
        me_.call_one(k.due);
        if (time_limit::clock::now() < until_)
            knock_later();
    }
    record handle_call(harvest) { return me_.take_seen(); }

private:
    void knock_later() {
        const auto pause = me_.pause();
        this_process::self(this).send_after(pause, knock{time_limit::clock::now() + pause});
    }
    caller me_;
    time_point until_;
};

// --- the runs ---

servers start_workers() {
    servers all;
    for (std::uint32_t i = 0; i < workers; ++i)
        all.push_back(start<worker>());
    return all;
}

/// The measurements of all clients; right if the servers served as many calls.
class harvested {
public:
    void add(record&& r) {
        right_ = right_ && r.right;
        from_call_.insert(from_call_.end(), r.from_call.begin(), r.from_call.end());
        from_due_.insert(from_due_.end(), r.from_due.begin(), r.from_due.end());
    }
    void finish(const servers& all) {
        long served_by_all = 0;
        for (const auto& s : all)
            served_by_all += s.call(served{}, infinity);
        right_ = right_ && served_by_all == static_cast<long>(calls()) && calls() > 0;
        std::sort(from_call_.begin(), from_call_.end());
        std::sort(from_due_.begin(), from_due_.end());
    }
    std::size_t calls() const { return from_call_.size(); }
    bool right() const { return right_; }
    double from_call(double share) const { return quantile(from_call_, share); }
    double from_due(double share) const { return quantile(from_due_, share); }

private:
    static double quantile(const std::vector<double>& sorted, double share) {
        return sorted.empty()
                   ? 0
                   : sorted[static_cast<std::size_t>(static_cast<double>(sorted.size()) * share)];
    }
    std::vector<double> from_call_, from_due_;
    bool right_ = true;
};

struct outcome {
    harvested calls;
    double busy_units_per_s, calls_per_s;
};

outcome run_beside_busy_processes(bool pauses, time_limit::clock::duration length) {
    const servers all = start_workers();
    std::optional<busy_processes> beside;
    beside.emplace(busy_beside);
    stopwatch w;
    const auto until = time_limit::clock::now() + length;
    for (unsigned c = 0; c < clients; ++c)
        spawn(client, &all, c + 1, pauses, until, this_process::self());
    outcome seen;
    for (std::uint32_t c = 0; c < clients; ++c)
        seen.calls.add(this_process::receive<record>());
    seen.busy_units_per_s = static_cast<double>(beside->units()) / w.seconds();
    seen.calls_per_s = static_cast<double>(seen.calls.calls()) / w.seconds();
    beside.reset();
    seen.calls.finish(all);
    for (const auto& s : all)
        s.stop();
    return seen;
}

/// No busy processes, but one handler that holds its thread for a second.
harvested run_beside_long_handler() {
    const servers all = start_workers();
    const auto burning = start<burner>();
    const auto until = time_limit::clock::now() + 1100ms;
    std::vector<server_ref<roaming_client>> roaming;
    for (unsigned c = 0; c < clients; ++c)
        roaming.push_back(start<roaming_client>(&all, c + 1, until));
    this_process::sleep(100ms);
    burning.cast(burn{1s});
    this_process::sleep(until);
    burning.call(work{0}, infinity);
    harvested seen;
    for (const auto& c : roaming) {
        seen.add(c.call(harvest{}, infinity));
        c.stop(); // it may have a last timer
    }
    seen.finish(all);
    return seen;
}

} // namespace

void w13_tail() {
    steps_that_take(1ms); // measured now, while nothing else runs
    runtime::run([] {
        const auto [open, busy_rate, rate] = run_beside_busy_processes(true, 10s);
        report("W13", "call_p50", open.from_call(.5), "ms", open.right());
        report("W13", "call_p99", open.from_call(.99), "ms", open.right());
        report("W13", "call_p99.9", open.from_call(.999), "ms", open.right());
        report("W13", "due_p50", open.from_due(.5), "ms", open.right());
        report("W13", "due_p99", open.from_due(.99), "ms", open.right());
        report("W13", "due_p99.9", open.from_due(.999), "ms", open.right());
        report("W13", "calls", rate, "1/s", open.right());
        report("W13", "hog_units", busy_rate, "1/s", open.right());
    });
    runtime::run([] {
        const auto [closed, busy_rate, rate] = run_beside_busy_processes(false, 10s);
        report("W13", "closed_loop_p50", closed.from_call(.5), "ms", closed.right());
        report("W13", "closed_loop_p99", closed.from_call(.99), "ms", closed.right());
        report("W13", "closed_loop_p99.9", closed.from_call(.999), "ms", closed.right());
        report("W13", "closed_loop_calls", rate, "1/s", closed.right());
        report("W13", "closed_loop_hog_units", busy_rate, "1/s", closed.right());
    });
    runtime::run([] {
        const harvested seen = run_beside_long_handler();
        report("W13", "long_handler_p99", seen.from_call(.99), "ms", seen.right());
        report("W13", "long_handler_due_p99", seen.from_due(.99), "ms", seen.right());
    });
}

} // namespace benchmark
