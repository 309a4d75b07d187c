// SPDX-License-Identifier: BSL-1.0
#include "program.hpp"

#include <algorithm>
#include <coppice/process.hpp>
#include <cstdio>
#include <fmt/format.h>
#include <stdexcept>

namespace coppice::detail {

namespace {

using namespace std::chrono_literals;

/// Notifies the plain thread when the master exits. The master's function owns it: it is destroyed
/// also when the master is killed, or never begins.
class exit_notifier {
public:
    explicit exit_notifier(std::shared_ptr<program_state> s) : s_{std::move(s)} {}
    exit_notifier(exit_notifier&&) = default;
    exit_notifier& operator=(exit_notifier&&) = delete;
    ~exit_notifier() {
        if (s_)
            s_->set_progress(program_state::progress::ended);
    }

private:
    std::shared_ptr<program_state> s_;
};

/// How long a stop may still take.
class stop_time {
public:
    explicit stop_time(time_limit::clock::duration limit) : limit_{limit} {}

    /// Starts the time limit; later calls have no effect.
    void begin() {
        if (ends_.is_infinite())
            ends_ = time_limit{limit_.deadline(time_limit::clock::now())};
    }
    time_limit left() const { return ends_; }

    /// For processes that are killed at the end: they need time to unwind even after the limit.
    time_limit::clock::duration left_for_killed() const {
        const auto now = time_limit::clock::now();
        const auto ends = ends_.is_infinite() ? limit_.deadline(now) : ends_.deadline(now);
        return std::clamp<time_limit::clock::duration>(ends - now, 1s, 5s);
    }

private:
    time_limit limit_;
    time_limit ends_{infinity};
};

/// Starts the runtime if it does not run yet, and stops it in the destructor.
class running_runtime {
public:
    running_runtime(const runtime::options& o, const stop_time& time)
        : ours_{!runtime::running()},
          has_low_priority_threads_{ours_ && o.time_slice > time_span{}},
          time_{time} {
        if (ours_)
            runtime::start(o);
    }
    ~running_runtime() {
        if (!ours_)
            return;
        for (const runtime::unstopped_process& s : runtime::stop(time_.left_for_killed()))
            print_error(fmt::format("left behind: {}, {}", s.name, s.doing));
    }
    /// A function process stays on one thread for life, and a process that computes without end
    /// may hold that thread. Low-priority threads run only processes that ask for one.
    bool has_low_priority_threads() const noexcept { return has_low_priority_threads_; }

    running_runtime(const running_runtime&) = delete;
    running_runtime& operator=(const running_runtime&) = delete;

private:
    bool ours_;
    bool has_low_priority_threads_;
    const stop_time& time_;
};

// Waits until the master has exited, and kills it after the timeout.
program_end wait_for_end(os_signal_wait& signals,
                         const program_state& s,
                         pid master,
                         stop_time& time,
                         const program_options& options) {
    bool told = false;
    for (;;) {
        switch (signals.wait(time.left())) {
        case os_signal_wait::why::woken:
            if (s.where() == program_state::progress::ended)
                return {.was_told = told};
            time.begin(); // the master stops what still runs, or `main` has returned
            continue;
        case os_signal_wait::why::asked_to_reload:
            master.send(reload_program{});
            continue;
        case os_signal_wait::why::asked_to_stop:
            time.begin();
            if (std::exchange(told, true)) {
                print_error("told a second time to stop: what still runs is killed");
                break;
            }
            master.send(stop_program{});
            continue;
        case os_signal_wait::why::time_over:
            print_error(fmt::format(
                "{} did not stop within {} ms: what still runs is killed", options.what,
                std::chrono::duration_cast<std::chrono::milliseconds>(options.stop_timeout.length())
                    .count()));
            break;
        }
        master.exit(exit_reason::kill);
        return {.was_told = true, .was_killed = true};
    }
}

/// Only one application or release may wait for the program's signals.
class only_one {
public:
    explicit only_one(const char* verb) {
        if (runs_.exchange(true))
            throw std::logic_error{
                fmt::format("coppice: an application runs already: {} takes the program's signals, "
                            "so there is one at a time",
                            verb)};
    }
    ~only_one() { runs_.store(false); }
    only_one(const only_one&) = delete;
    only_one& operator=(const only_one&) = delete;

private:
    static constinit inline std::atomic<bool> runs_{false};
};

} // namespace

pid program_state::start_main() {
    if (!main_)
        return {};
    return spawn_link([s = shared_from_this()] {
        s->value_of_main_ = s->main_();
        // Its exit is not enough: the master may wait for a thread that another process holds.
        s->main_returned_.store(true, std::memory_order_release);
        s->waker_->wake();
    });
}

program_end run_program(const std::shared_ptr<program_state>& s, const program_options& options) {
    require_plain_thread(options.verb);
    const only_one here{options.verb};
    stop_time time{options.stop_timeout};
    // Takes signals until the runtime has stopped.
    os_signal_wait signals{s->waker_of_thread(), options.reloads};
    const running_runtime threads{options.runtime, time};
    const pid master =
        spawn({.priority = threads.has_low_priority_threads() ? priority::low : priority::normal,
               .label = options.master},
              [s, notifier = exit_notifier{s}] { s->run_master(); });
    return wait_for_end(signals, *s, master, time, options);
}

void print_error(const std::string& what) { fmt::print(stderr, "coppice: {}\n", what); }

} // namespace coppice::detail
