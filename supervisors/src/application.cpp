// SPDX-License-Identifier: BSL-1.0
#include <coppice/application.hpp>

#include "application_master.hpp"
#include "program.hpp"
#include "stop_children.hpp"
#include <coppice/receive.hpp>
#include <coppice/this_process.hpp>

namespace coppice {

namespace {

using namespace detail;
using namespace std::chrono_literals;

enum class application_outcome : std::uint8_t {
    running,
    finished,
    gave_up,
    main_crashed,
    not_started
};

struct application_state final : program_state {
    application_state(bool with_tree,
                      const supervisor_flags& f,
                      std::vector<child_spec> c,
                      std::function<int()> main)
        : program_state{std::move(main)}, has_tree{with_tree}, flags{f}, children{std::move(c)} {}

    void run_master() override;

    bool has_tree;
    supervisor_flags flags;
    std::vector<child_spec> children;

    // Only the application master uses these before `begin_stopping`; then they are constant.
    application_outcome outcome = application_outcome::running;
    exit_reason why = {};
    int code = 0;
};

/// The parent of the tree: starts it, runs `main`, and handles the exits of both.
///
/// A process of its own, because a process must wait for a slow start while the plain thread waits
/// for signals.
class master_process {
public:
    explicit master_process(application_state& s) : s_{s} {}

    void run() {
        this_process::trap_exit(true);
        const application_master::registration here;
        if (!s_.has_tree || start_tree()) {
            main_ = s_.start_main();
            watch();
        }
        s_.begin_stopping();
        stop_all();
    }

private:
    bool start_tree() {
        auto tree = try_start_link<supervisor>(s_.flags, s_.children);
        if (!tree) {
            s_.outcome = application_outcome::not_started;
            s_.why = tree.error().reason;
            return false;
        }
        tree_ = tree->process();
        return true;
    }

    // Returns when the tree or `main` has exited, or the program is told to stop.
    void watch() {
        while (s_.outcome == application_outcome::running)
            this_process::receive(
                [&](stop_program) { s_.outcome = application_outcome::finished; },
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
            s_.outcome = e.reason.is_orderly() ? application_outcome::finished
                                               : application_outcome::main_crashed;
            s_.why = e.reason;
            s_.code = s_.value_of_main();
        }
    }

    void tree_ends(const exit_reason& why, bool gave_up) {
        s_.outcome = why.is_orderly() && !gave_up ? application_outcome::finished
                                                  : application_outcome::gave_up;
        s_.why = why;
    }

    // In reverse start order: `main` is the newest. The plain thread limits the time of the tree.
    void stop_all() {
        if (main_)
            stop_process(main_, 5s);
        if (tree_)
            stop_process(tree_, infinity);
    }

    application_state& s_;
    pid tree_;
    pid main_;
};

void application_state::run_master() { master_process{*this}.run(); }

int code_of(const application_state& s, bool was_told_to_stop) {
    if (!s.outcome_is_known()) {
        if (s.main_returned())
            return s.value_of_main();
        if (was_told_to_stop)
            return 0; // `run_program` has named what did not stop
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

} // namespace

application::application(const supervisor_flags& flags,
                         std::vector<child_spec> children,
                         const application_options& options)
    : has_tree_{true}, flags_{flags}, children_{std::move(children)}, options_{options} {}

int application::run() { return run_main({}); }

int application::run_main(std::function<int()> main) {
    const auto s =
        std::make_shared<application_state>(has_tree_, flags_, children_, std::move(main));
    const program_end end = run_program(s, {.verb = "application::run",
                                            .master = "application",
                                            .what = "the tree",
                                            .runtime = options_.runtime,
                                            .stop_timeout = options_.stop_timeout});
    return code_of(*s, end.was_told);
}

} // namespace coppice
