// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/start_supervised.hpp>
#include <coppice/time_limit.hpp>
#include <functional>
#include <string>
#include <type_traits>
#include <vector>

/// A program run under many schedules, with faults: deterministic simulation testing.
///
///     testing::explore(testing::seeds(200), [](testing::test& t) {
///         const server_ref<counter> c = t.start_supervised(child<counter>(the_counter, 10));
///         c.cast(add{5});
///         t.check_equal(c.call(total{}), 15);
///     }, {.crash = 0.05});
///
/// Each seed is one run in virtual time, on one thread. The seed decides which of the processes
/// that can run is next, and which faults are injected. A run that fails is shrunk to few faults
/// and few steps out of turn, and reported with the seed that repeats it.
///
/// Page: docs/how-to/test-servers-and-trees.md.
namespace coppice::testing {

/// What may go wrong while a program is explored, and how often.
///
/// Only what can happen: between two processes of a program no message is lost, and the messages
/// of one process to another keep their order. Each probability is from 0, never, to 1, as often as
/// `max_faults` lets it.
struct faults {
    /// That, before a step of the program, one of the supervised processes that live is killed.
    double crash = 0;
    /// That the start of a child fails, when a supervisor starts or restarts it.
    double failed_start = 0;
    /// That a bounded mailbox has no room for a message. Its sender is told what the mailbox's
    /// policy says; `drop_oldest` refuses nothing, so nothing is injected there.
    double full_mailbox = 0;
    /// That a handler of a supervised server takes longer than it does.
    double slow_handler = 0;
    /// By how much at most.
    time_span slow_for = std::chrono::seconds{10};
    /// In one run.
    std::size_t max_faults = 100;
    /// A program that has not come to its end after so many steps has failed. A step is what a
    /// process does from its choice to the next.
    std::size_t max_steps = 100'000;
};

/// What was explored, all runs together: whether the faults occurred that were meant to.
struct explored {
    std::size_t runs = 0;
    std::size_t steps = 0;
    std::size_t out_of_turn = 0; ///< steps of a process that had not waited longest
    std::size_t crashes = 0;
    std::size_t failed_starts = 0;
    std::size_t full_mailboxes = 0;
    std::size_t slow_handlers = 0;
};

/// A run that failed, shrunk. `what()` is the report: the sentence and its place, the faults, the
/// steps out of turn, what lay in the mailboxes, and how to repeat it.
///
/// Context: a value; one thread at a time.
class exploration_failed : public assertion_failed {
public:
    struct run {
        std::uint64_t seed = 0;
        std::vector<std::string> faults;      ///< a line each: `step 9, at 0 ns: counter is killed`
        std::vector<std::string> out_of_turn; ///< the same for steps out of turn
        std::vector<std::string> mailboxes;   ///< when it failed
        std::string trace;                    ///< a line for each step and each fault
    };
    exploration_failed(const std::string& report,
                       std::string sentence,
                       boost::source_location where,
                       run shrunk);

    /// The whole report.
    const char* what() const noexcept override { return report_.c_str(); }
    std::uint64_t seed() const noexcept { return run_.seed; }
    const run& shrunk() const noexcept { return run_; }

private:
    std::string report_;
    run run_;
};

/// Runs `program(test&)` under each seed, until one fails.
///
/// The program fails when it throws, when it waits for ever, and when it has not ended after
/// `max_steps`. A child that crashes is no failure: its supervisor restarts it. Faults are injected
/// from the program's first step to its return, but not inside `t.start_supervised`, after which
/// what it starts is there. The same seed, program and faults give the same run, step by step.
///
/// A process is interrupted where it waits, at a `receive` and a `yield`, and a server between two
/// messages; not between two sends. What waits for another thread or for the kernel (`blocking`,
/// Asio) cannot be explored: it counts as a wait for ever.
///
/// A failed run is shrunk: under the first 32 seeds, where several were given; without faults and
/// with fewer of them; with fewer steps out of turn. What it throws is the smallest run that
/// failed, at the same place.
///
/// Errors: exploration_failed. std::invalid_argument: no seeds, a probability that is none, no
/// steps, `slow_for` that is not positive or `infinity`. std::logic_error while a runtime runs.
/// Context: a plain thread, as `simulation`.
/// Source: FoundationDB, simulation testing; QuickCheck, shrinking; PULSE and Concuerror,
/// schedules.
template <class F>
explored explore(const std::vector<std::uint64_t>& seeds, F program, const faults& f = {});

/// One run under one seed, as text: a line for each step and each fault, at last how it ended.
///
/// Errors, Context: as `explore`; a program that fails is no error.
template <class F>
std::string trace_of(std::uint64_t seed, F program, const faults& f = {});

} // namespace coppice::testing

// --- the same, written out ---

namespace coppice::detail {
using explored_program = std::function<void(testing::test&)>;
testing::explored explore_seeds(const std::vector<std::uint64_t>& seeds,
                                const explored_program& program,
                                const testing::faults& f);
std::string trace_of_run(std::uint64_t seed,
                         const explored_program& program,
                         const testing::faults& f);

template <class F>
constexpr auto explain_explore() {
    constexpr bool fits = std::is_invocable_v<F&, testing::test&>;
    static_assert(fits, "coppice: testing::explore takes a function of `testing::test&`");
    return std::bool_constant<fits>{};
}
} // namespace coppice::detail

namespace coppice::testing {

template <class F>
explored explore(const std::vector<std::uint64_t>& seeds, F program, const faults& f) {
    if constexpr (decltype(coppice::detail::explain_explore<F>())::value)
        return coppice::detail::explore_seeds(
            seeds, [&program](test& t) { program(t); }, f);
    else
        return {};
}

template <class F>
std::string trace_of(std::uint64_t seed, F program, const faults& f) {
    if constexpr (decltype(coppice::detail::explain_explore<F>())::value)
        return coppice::detail::trace_of_run(
            seed, [&program](test& t) { program(t); }, f);
    else
        return {};
}

} // namespace coppice::testing
