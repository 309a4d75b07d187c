// SPDX-License-Identifier: BSL-1.0
#include <coppice/application.hpp>

#include "application_master.hpp"
#include "os_signal_wait.hpp"
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

/// From the plain thread to the application master.
struct stop_application {};

enum class application_outcome : std::uint8_t {
    running,
    finished,
    gave_up,
    main_crashed,
    not_started
};

/// What the application master is doing.
enum class progress : std::uint8_t {
    running,
    stopping, ///< it knows the outcome, and stops what still runs
    ended     ///< it has exited
};

/// What the application master and the plain thread share. Owned by both, because a master whose
/// tree hangs in its start may be left behind.
struct application_state {
    bool has_tree;
    supervisor_flags flags;
    std::vector<child_spec> children;
    std::function<int()> main;
    std::shared_ptr<waker> by = std::make_shared<waker>();
    std::atomic<int> value_of_main{0};
    std::atomic<bool> main_returned{false};

    // Only the application master uses these before `stopping`; after that they are constant.
    application_outcome outcome = application_outcome::running;
    exit_reason why = {};
    int code = 0;
    std::atomic<bool> is_known{false};

    std::atomic<progress> where{progress::running};

    void set_progress(progress p) {
        where.store(p, std::memory_order_release);
        by->wake();
    }
};

/// Notifies the plain thread when the application master exits. The master's function owns it: it
/// is destroyed also when the master is killed, or never begins.
class exit_notifier {
public:
    explicit exit_notifier(std::shared_ptr<application_state> s) : s_{std::move(s)} {}
    exit_notifier(exit_notifier&&) = default;
    exit_notifier& operator=(exit_notifier&&) = delete;
    ~exit_notifier() {
        if (s_)
            s_->set_progress(progress::ended);
    }

private:
    std::shared_ptr<application_state> s_;
};

/// The parent of the tree: starts it, runs `main`, and handles the exits of both.
///
/// A process of its own, because a process must wait for a slow start while the plain thread waits
/// for signals.
class master_process {
public:
    explicit master_process(std::shared_ptr<application_state> s) : s_{std::move(s)} {}

    void run() {
        this_process::trap_exit(true);
        application_master::set(this_process::self());
        if (!s_->has_tree || start_tree()) {
            if (s_->main)
                start_main();
            watch();
        }
        // From here on the plain thread limits the time of the stop, whatever its cause.
        s_->is_known.store(true, std::memory_order_release);
        s_->set_progress(progress::stopping);
        stop_all();
    }

private:
    bool start_tree() {
        auto tree = try_start_link<supervisor>(s_->flags, s_->children);
        if (!tree) {
            s_->outcome = application_outcome::not_started;
            s_->why = tree.error().reason;
            return false;
        }
        tree_ = tree->process();
        return true;
    }

    void start_main() {
        main_ = spawn_link([s = s_] {
            s->value_of_main = s->main();
            // Its exit is not enough: the master may wait for a thread that another process holds.
            s->main_returned.store(true, std::memory_order_release);
            s->by->wake();
        });
    }

    // Returns when the tree or `main` has exited, or the program is told to stop.
    void watch() {
        while (s_->outcome == application_outcome::running)
            this_process::receive(
                [&](stop_application) { s_->outcome = application_outcome::finished; },
                [&](application_master::tree_stops t) { tree_ends(t.why, t.gave_up); },
                [&](exit_signal e) { ended(e); });
    }

    void ended(const exit_signal& e) {
        if (e.from == tree_) {
            tree_ = {};
            tree_ends(e.reason,
                      false); // killed or crashed: else `tree_stops` would have come before
        } else if (e.from == main_) {
            main_ = {};
            s_->outcome = e.reason.is_orderly() ? application_outcome::finished
                                                : application_outcome::main_crashed;
            s_->why = e.reason;
            s_->code = s_->value_of_main;
        }
    }

    void tree_ends(const exit_reason& why, bool gave_up) {
        s_->outcome = why.is_orderly() && !gave_up ? application_outcome::finished
                                                   : application_outcome::gave_up;
        s_->why = why;
    }

    // In reverse start order: `main` is the newest. The plain thread limits the time of the tree.
    void stop_all() {
        if (main_)
            stop_process(main_, 5s);
        if (tree_)
            stop_process(tree_, infinity);
    }

    std::shared_ptr<application_state> s_;
    pid tree_;
    pid main_;
};

void print_error(const std::string& what) { fmt::print(stderr, "coppice: {}\n", what); }

int code_of(const application_state& s, bool was_told_to_stop) {
    if (!s.is_known.load(std::memory_order_acquire)) {
        if (s.main_returned.load(std::memory_order_acquire))
            return s.value_of_main;
        if (was_told_to_stop)
            return 0; // `running_runtime` has named what did not stop
        print_error("the application master was killed, and the tree ended with it");
        return 1;
    }
    switch (s.outcome) {
    case application_outcome::running:
    case application_outcome::finished:
        return s.code;
    case application_outcome::gave_up:
        print_error("the tree gave up: " + s.why.text());
        return 1;
    case application_outcome::main_crashed:
        print_error("main ended: " + s.why.text());
        return 1;
    case application_outcome::not_started:
        print_error("the application did not start: " + s.why.text());
        return 2;
    }
    return 1;
}

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

// Waits until the application master has exited, and kills it after the timeout. True: the program
// was told to stop.
bool wait_for_end(os_signal_wait& signals,
                  const application_state& s,
                  pid master,
                  stop_time& time,
                  time_limit::clock::duration stop_timeout) {
    bool told = false;
    for (;;) {
        switch (signals.wait(time.left())) {
        case os_signal_wait::why::woken:
            if (s.where.load(std::memory_order_acquire) == progress::ended)
                return told;
            time.begin(); // the master stops what still runs, or `main` has returned
            continue;
        case os_signal_wait::why::asked_to_stop:
            time.begin();
            if (std::exchange(told, true)) {
                print_error("told a second time to stop: what still runs is killed");
                break;
            }
            master.send(stop_application{});
            continue;
        case os_signal_wait::why::time_over:
            print_error(fmt::format(
                "the tree did not stop within {} ms: what still runs is killed",
                std::chrono::duration_cast<std::chrono::milliseconds>(stop_timeout).count()));
            break;
        }
        master.exit(exit_reason::kill);
        return true;
    }
}

/// Only one application may wait for the program's two signals.
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
    const auto s = std::make_shared<application_state>();
    s->has_tree = has_tree_;
    s->flags = flags_;
    s->children = children_;
    s->main = std::move(main);
    stop_time time{options_.stop_timeout};
    bool told = false;
    {
        os_signal_wait signals{s->by}; // takes signals until the runtime has stopped
        const running_runtime threads{options_.runtime, time};
        const pid master = spawn(
            {.priority = threads.has_low_priority_threads() ? priority::low : priority::normal,
             .label = "application"},
            [s, notifier = exit_notifier{s}] { master_process{s}.run(); });
        told = wait_for_end(signals, *s, master, time, options_.stop_timeout);
    }
    return code_of(*s, told);
}

} // namespace coppice
