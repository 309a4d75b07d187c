// SPDX-License-Identifier: BSL-1.0
#include <coppice/application.hpp>

#include "signal_wait.hpp"
#include "stop_children.hpp"
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

/// What the guardian and the plain thread have in common. Shared, because a guardian in a start
/// that hangs may be left behind.
struct session {
    bool has_tree;
    supervisor_flags flags;
    std::vector<child_spec> children;
    std::function<int()> main;
    std::shared_ptr<waker> by = std::make_shared<waker>();

    // The guardian's until `done`, then the plain thread's.
    fate what = fate::running;
    exit_reason why = {};
    int code = 0;
    std::atomic<bool> done{false};
};

/// The parent of the tree: starts it, runs `main`, and sees both end.
///
/// A process of its own, because somebody must wait for a slow start while the plain thread waits
/// for signals.
class guardian {
public:
    explicit guardian(std::shared_ptr<session> s) : s_{std::move(s)} {}

    void run() {
        this_process::trap_exit(true);
        if (!s_->has_tree || start_tree()) {
            if (s_->main)
                start_main();
            watch();
            stop_all();
        }
        s_->done.store(true, std::memory_order_release);
        s_->by->wake();
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
        main_ = spawn_link([s = s_] { s->code = s->main(); });
    }

    // Returns when one of the two has ended, or the program shall stop.
    void watch() {
        while (s_->what == fate::running)
            this_process::receive([&](stop_application) { s_->what = fate::finished; },
                                  [&](exit_signal e) { ended(e); });
    }

    void ended(const exit_signal& e) {
        if (e.from == tree_) {
            tree_ = {};
            s_->what = fate::gave_up;
            s_->why = e.reason;
        } else if (e.from == main_) {
            main_ = {};
            s_->what = e.reason.is_orderly() ? fate::finished : fate::main_crashed;
            s_->why = e.reason;
        }
    }

    // In reverse: `main` is the newest. The tree has a time of its own, which the plain thread
    // watches.
    void stop_all() {
        if (main_) {
            stop_process(main_, 5s);
            s_->code = 0; // it did not come to an answer of its own
        }
        if (tree_)
            stop_process(tree_, infinity);
    }

    std::shared_ptr<session> s_;
    pid tree_;
    pid main_;
};

void complain(const std::string& what) { fmt::print(stderr, "coppice: {}\n", what); }

int code_of(const session& s) {
    if (!s.done.load(std::memory_order_acquire))
        return 0; // asked to stop; what did not has been named
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

/// Starts the runtime if nobody did, and ends it again, whatever happens in between.
class running_runtime {
public:
    explicit running_runtime(const runtime::options& o) : ours_{!runtime::running()} {
        if (ours_)
            runtime::start(o);
    }
    ~running_runtime() {
        if (!ours_)
            return;
        for (const runtime::straggler& s : runtime::stop())
            complain(fmt::format("left behind: {}, {}", s.who, s.doing));
    }
    running_runtime(const running_runtime&) = delete;
    running_runtime& operator=(const running_runtime&) = delete;

private:
    bool ours_;
};

// Waits for the end of the guardian, and sees to it that there is one.
void wait_for_end(signal_wait& signals, pid the_guardian, time_limit::clock::duration stop_limit) {
    if (signals.wait(infinity) == signal_wait::why::woken)
        return;
    the_guardian.send(stop_application{});
    switch (signals.wait(stop_limit)) {
    case signal_wait::why::woken:
        return;
    case signal_wait::why::asked_to_stop:
        complain("told a second time to stop: what still runs is killed");
        break;
    case signal_wait::why::time_over:
        complain(
            fmt::format("the tree did not stop within {} ms: what still runs is killed",
                        std::chrono::duration_cast<std::chrono::milliseconds>(stop_limit).count()));
        break;
    }
    the_guardian.exit(exit_reason::kill);
}

} // namespace

application::application(const supervisor_flags& flags,
                         std::vector<child_spec> children,
                         const application_options& options)
    : has_tree_{true}, flags_{flags}, children_{std::move(children)}, options_{options} {}

int application::run() { return run_main({}); }

int application::run_main(std::function<int()> main) {
    if (this_process::self())
        throw std::logic_error{"coppice: application::run blocks its thread and must not be "
                               "called from a process: start a supervisor there"};
    const auto s = std::make_shared<session>();
    s->has_tree = has_tree_;
    s->flags = flags_;
    s->children = children_;
    s->main = std::move(main);
    {
        signal_wait signals{s->by}; // before the runtime's threads, which inherit what is blocked
        const running_runtime threads{options_.runtime};
        wait_for_end(signals, spawn([s] { guardian{s}.run(); }), options_.stop_limit);
    }
    return code_of(*s);
}

} // namespace coppice
