// SPDX-License-Identifier: BSL-1.0
#include <coppice/application.hpp>

#include "application_master.hpp"
#include "signal_wait.hpp"
#include "stop_children.hpp"
#include <algorithm>
#include <atomic>
#include <coppice/receive.hpp>
#include <coppice/this_process.hpp>
#include <cstdio>
#include <fmt/format.h>
#include <stdexcept>

namespace coppice {

namespace {

using namespace detail;
using namespace std::chrono_literals;

/// From the plain thread to the guardian.
struct stop_application {};

enum class fate : std::uint8_t { running, finished, gave_up, main_crashed, not_started };

/// How far the guardian has come.
enum class progress : std::uint8_t {
    running,
    stopping, ///< it knows how the program ends, and stops what still runs
    ended     ///< it is gone, one way or another
};

/// What the guardian and the plain thread have in common. Shared, because a guardian in a start
/// that hangs may be left behind.
struct session {
    bool has_tree;
    supervisor_flags flags;
    std::vector<child_spec> children;
    std::function<int()> main;
    std::shared_ptr<waker> by = std::make_shared<waker>();
    std::atomic<int> value_of_main{0};
    std::atomic<bool> main_returned{false};

    // The application master's until it has come to `stopping`; then it does not change, and all may read it.
    fate what = fate::running;
    exit_reason why = {};
    int code = 0;
    std::atomic<bool> is_known{false};

    std::atomic<progress> where{progress::running};

    void come_to(progress p) {
        where.store(p, std::memory_order_release);
        by->wake();
    }
};

/// Tells the plain thread of the guardian's end. It goes with the guardian, which may be killed, or never
/// begin.
class end_of_guardian {
public:
    explicit end_of_guardian(std::shared_ptr<session> s) : s_{std::move(s)} {}
    end_of_guardian(end_of_guardian&&) = default;
    end_of_guardian& operator=(end_of_guardian&&) = delete;
    ~end_of_guardian() {
        if (s_)
            s_->come_to(progress::ended);
    }

private:
    std::shared_ptr<session> s_;
};

/// The parent of the tree: starts it, runs `main`, and sees both end.
///
/// A process of its own, because a process must wait for a slow start while the plain thread waits
/// for signals.
class guardian {
public:
    explicit guardian(std::shared_ptr<session> s) : s_{std::move(s)} {}

    void run() {
        this_process::trap_exit(true);
        application_master::set(this_process::self());
        if (!s_->has_tree || start_tree()) {
            if (s_->main)
                start_main();
            watch();
        }
        // From here on the plain thread limits the time, whatever the stop was for.
        s_->is_known.store(true, std::memory_order_release);
        s_->come_to(progress::stopping);
        stop_all();
    }

private:
    bool start_tree() {
        auto tree = try_start_link<supervisor>(s_->flags, s_->children);
        if (!tree) {
            s_->what = fate::not_started;
            s_->why = tree.error().reason;
            return false;
        }
        tree_ = tree->process();
        return true;
    }

    void start_main() {
        main_ = spawn_link([s = s_] {
            s->value_of_main = s->main();
            // Not by its exit alone: the guardian may wait on a thread that another process holds.
            s->main_returned.store(true, std::memory_order_release);
            s->by->wake();
        });
    }

    // Returns when one of the two has ended, or the program shall stop.
    void watch() {
        while (s_->what == fate::running)
            this_process::receive(
                [&](stop_application) { s_->what = fate::finished; },
                [&](application_master::tree_stops t) { tree_ends(t.why, t.gave_up); },
                [&](exit_signal e) { ended(e); });
    }

    void ended(const exit_signal& e) {
        if (e.from == tree_) {
            tree_ = {};
            tree_ends(e.reason,
                      false); // it was killed, or has crashed, else it would have told us before
        } else if (e.from == main_) {
            main_ = {};
            s_->what = e.reason.is_orderly() ? fate::finished : fate::main_crashed;
            s_->why = e.reason;
            s_->code = s_->value_of_main;
        }
    }

    void tree_ends(const exit_reason& why, bool gave_up) {
        s_->what = why.is_orderly() && !gave_up ? fate::finished : fate::gave_up;
        s_->why = why;
    }

    // In reverse: `main` is the newest. The tree has a time of its own, which the plain thread
    // watches.
    void stop_all() {
        if (main_)
            stop_process(main_, 5s);
        if (tree_)
            stop_process(tree_, infinity);
    }

    std::shared_ptr<session> s_;
    pid tree_;
    pid main_;
};

void complain(const std::string& what) { fmt::print(stderr, "coppice: {}\n", what); }

int code_of(const session& s, bool was_told_to_stop) {
    if (!s.is_known.load(std::memory_order_acquire)) {
        if (s.main_returned.load(std::memory_order_acquire))
            return s.value_of_main;
        if (was_told_to_stop)
            return 0; // what did not has been named
        complain("the application master was killed, and the tree ended with it");
        return 1;
    }
    switch (s.what) {
    case fate::running:
    case fate::finished:
        return s.code;
    case fate::gave_up:
        complain("the tree gave up: " + s.why.text());
        return 1;
    case fate::main_crashed:
        complain("main ended: " + s.why.text());
        return 1;
    case fate::not_started:
        complain("the application did not start: " + s.why.text());
        return 2;
    }
    return 1;
}

/// How long a stop may still take.
class stop_time {
public:
    explicit stop_time(time_limit::clock::duration limit) : limit_{limit} {}

    /// The time runs from the first of these on.
    void begin() {
        if (ends_.is_infinite())
            ends_ = time_limit{limit_.deadline(time_limit::clock::now())};
    }
    time_limit left() const { return ends_; }

    /// For what is killed in the end. It needs a moment to unwind, also when there is no time left.
    time_limit::clock::duration left_for_the_killed() const {
        const auto now = time_limit::clock::now();
        const auto ends = ends_.is_infinite() ? limit_.deadline(now) : ends_.deadline(now);
        return std::clamp<time_limit::clock::duration>(ends - now, 1s, 5s);
    }

private:
    time_limit limit_;
    time_limit ends_{infinity};
};

/// Starts the runtime if it does not run yet, and ends it again, whatever happens in between.
class running_runtime {
public:
    running_runtime(const runtime::options& o, const stop_time& time)
        : ours_{!runtime::running()},
          has_heavy_lane_{ours_ && o.budget > time_span{}},
          time_{time} {
        if (ours_)
            runtime::start(o);
    }
    ~running_runtime() {
        if (!ours_)
            return;
        for (const runtime::straggler& s : runtime::stop(time_.left_for_the_killed()))
            complain(fmt::format("left behind: {}, {}", s.who, s.doing));
    }
    /// A process that is a function waits on one thread for life. Where a function that computes without
    /// end holds that thread, it waits for ever; on the threads of the heavy lane none begins by chance.
    bool has_heavy_lane() const noexcept { return has_heavy_lane_; }

    running_runtime(const running_runtime&) = delete;
    running_runtime& operator=(const running_runtime&) = delete;

private:
    bool ours_;
    bool has_heavy_lane_;
    const stop_time& time_;
};

// Waits for the end of the guardian, and sees to it that there is one. True: it was told to stop.
bool wait_for_end(signal_wait& signals,
                  const session& s,
                  pid the_guardian,
                  stop_time& time,
                  time_limit::clock::duration stop_limit) {
    bool told = false;
    for (;;) {
        switch (signals.wait(time.left())) {
        case signal_wait::why::woken:
            if (s.where.load(std::memory_order_acquire) == progress::ended)
                return told;
            time.begin(); // the guardian stops what still runs, or `main` has returned
            continue;
        case signal_wait::why::asked_to_stop:
            time.begin();
            if (std::exchange(told, true)) {
                complain("told a second time to stop: what still runs is killed");
                break;
            }
            the_guardian.send(stop_application{});
            continue;
        case signal_wait::why::time_over:
            complain(fmt::format(
                "the tree did not stop within {} ms: what still runs is killed",
                std::chrono::duration_cast<std::chrono::milliseconds>(stop_limit).count()));
            break;
        }
        the_guardian.exit(exit_reason::kill);
        return true;
    }
}

/// There are two signals, and one who waits for them.
class only_one {
public:
    only_one() {
        if (runs_.exchange(true))
            throw std::logic_error{
                "coppice: an application runs already: application::run takes the "
                "program's signals, so there is one at a time"};
    }
    ~only_one() { runs_.store(false); }
    only_one(const only_one&) = delete;
    only_one& operator=(const only_one&) = delete;

private:
    static constinit inline std::atomic<bool> runs_{false};
};

} // namespace

application::application(const supervisor_flags& flags,
                         std::vector<child_spec> children,
                         const application_options& options)
    : has_tree_{true}, flags_{flags}, children_{std::move(children)}, options_{options} {}

int application::run() { return run_main({}); }

int application::run_main(std::function<int()> main) {
    require_plain_thread("application::run");
    const only_one here;
    const auto s = std::make_shared<session>();
    s->has_tree = has_tree_;
    s->flags = flags_;
    s->children = children_;
    s->main = std::move(main);
    stop_time time{options_.stop_limit};
    bool told = false;
    {
        signal_wait signals{s->by}; // takes signals until the runtime has stopped
        const running_runtime threads{options_.runtime, time};
        const pid the_guardian = spawn({.heavy = threads.has_heavy_lane(), .label = "application"},
                                       [s, bye = end_of_guardian{s}] { guardian{s}.run(); });
        told = wait_for_end(signals, *s, the_guardian, time, options_.stop_limit);
    }
    return code_of(*s, told);
}

} // namespace coppice
