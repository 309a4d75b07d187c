// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/runtime.hpp>
#include <coppice/supervisor.hpp>

namespace coppice {

/// How an application runs, where the defaults do not fit.
struct application_options {
    coppice::runtime::options runtime = {};
    /// How long the whole tree may take to stop, whatever it stops for. What is left then is killed; it has
    /// a second to unwind, is named, and left behind; so the program always ends.
    time_span stop_limit = std::chrono::seconds{30};
};

/// A program: the runtime, and the tree that does its work.
///
/// `run()` starts the tree and returns when it has ended. SIGTERM or SIGINT stops it in order, the
/// newest child first; a second signal does not wait any longer.
///
/// Shape: `run` returns the code for `main` to return:
/// 0: it was asked to stop, or the tree ended in order (or `main` returned);
/// 1: the tree gave up, `main` crashed, or the application's own process was killed; the reason is on the
///    standard error;
/// 2: it did not start; likewise.
/// Errors: std::logic_error when `run` is called from a process or a handler of Asio, or while another
/// application runs. What the runtime refuses (bad options) is thrown as it comes.
/// Context: a plain thread, usually that of `main`. A handler takes the two signals while it runs; they are
/// as before when it returns or, if it was asked to stop, a second later: one more must not kill a program
/// that ends as it was told to. No signal is blocked, also not for programs that a process starts.
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
