// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/runtime.hpp>
#include <coppice/supervisor.hpp>

namespace coppice {

/// How an application runs, where the defaults do not fit.
struct application_options {
    coppice::runtime::options runtime = {};
    /// For the stop of the whole tree, whatever it stops for. What runs then still is killed; it
    /// has a second to unwind, is named, and left behind; so the program always ends.
    time_span stop_timeout = std::chrono::seconds{30};
};

/// A program: the runtime, and the supervision tree that does its work.
///
///     int main() {
///         return application{{.strategy = one_for_one}, {child<counter>(the_counter, 0)}}.run();
///     }
///
/// `run()` starts the runtime and the tree, and returns when the tree has ended. SIGTERM or SIGINT
/// stops it in order, the newest child first; a second signal kills what still runs.
///
/// **With a main function.** `application{flags, children}.run(f)` runs `f` as a process when the
/// tree is up and stops the tree when it returns. `application{}.run(f)` needs no tree: for
/// scripts, tools, and the first example of a page.
///
/// **Exit codes**, for `main` to return:
///
/// | code | |
/// |---|---|
/// | 0 | it was told to stop, or the tree ended in order; with a function, what that returned |
/// | 1 | the tree gave up, the function crashed, or the application's own process was killed |
/// | 2 | it did not start |
///
/// The reason for 1 and 2 is on the standard error.
///
/// **When not.** A program that has an event loop of its own starts the runtime beside it with
/// `runtime::start`, and its tree with `start<supervisor>`; see
/// `docs/explanation/start-and-stop.md`.
///
/// Errors: std::logic_error when `run` is called from a process or a handler of Asio, or while
/// another application runs. What the runtime refuses (bad options) is thrown as it comes.
/// Context: a plain thread, usually that of `main`; blocks it. A handler takes the two signals
/// meanwhile; they are as before when it returns or, if it was told to stop, a second later: one
/// more must not kill a program that ends as it was told to. No signal is blocked, also not for
/// programs that a process starts.
/// Source: OTP, application; Elixir, `mix run --no-halt`.
class application {
public:
    /// No tree: for `run(main)`.
    application() = default;
    application(const supervisor_flags& flags,
                std::vector<child_spec> children,
                const application_options& options = {});
    explicit application(const application_options& options) : options_{options} {}

    /// Until the tree ends or a signal comes.
    int run();

    /// Runs `main` as a process when the tree is up, and stops the tree when it returns. Its value,
    /// if it is an `int`, is the code.
    template <class F>
    int run(F main) {
        constexpr bool fits = std::is_invocable_v<F&>;
        static_assert(fits, "coppice: application::run takes a function without parameters");
        // Shared: a `main` that never ends outlives this call.
        if constexpr (fits)
            return run_main([f = std::make_shared<F>(std::move(main))] {
                if constexpr (std::is_convertible_v<std::invoke_result_t<F&>, int>)
                    return static_cast<int>((*f)());
                else
                    return (*f)(), 0;
            });
        else
            return 2;
    }

private:
    int run_main(std::function<int()> main);

    bool has_tree_ = false;
    supervisor_flags flags_ = {};
    std::vector<child_spec> children_ = {};
    application_options options_ = {};
};

} // namespace coppice
