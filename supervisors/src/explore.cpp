// SPDX-License-Identifier: BSL-1.0
#include <coppice/explore.hpp>

#include "explored_run.hpp"
#include "minimal_subset.hpp"
#include <fmt/format.h>
#include <stdexcept>

namespace coppice {

testing::exploration_failed::exploration_failed(const std::string& report,
                                                std::string sentence,
                                                boost::source_location where,
                                                run shrunk)
    : assertion_failed{std::move(sentence), where}, report_{report}, run_{std::move(shrunk)} {}

namespace detail {
namespace {

using testing::faults;

void check_probability(std::string_view name, double p) {
    if (!(p >= 0 && p <= 1)) // no number is neither
        throw std::invalid_argument{fmt::format(
            "coppice: testing::faults::{} is {}; a probability is from 0 to 1", name, p)};
}

void check(const faults& f) {
    check_probability("crash", f.crash);
    check_probability("failed_start", f.failed_start);
    check_probability("full_mailbox", f.full_mailbox);
    check_probability("slow_handler", f.slow_handler);
    if (f.slow_handler > 0 &&
        (f.slow_for.is_infinite() || f.slow_for.length() <= time_span::duration::zero()))
        throw std::invalid_argument{
            "coppice: testing::faults::slow_for must be longer than zero, and not infinity"};
    if (f.max_steps == 0)
        throw std::invalid_argument{
            "coppice: testing::faults::max_steps is 0; a program needs steps to come to its end"};
}

/// A run, and how it ended.
struct outcome {
    std::uint64_t seed = 0;
    std::shared_ptr<const explored_run> run;
    explored_run::end end;

    bool failed() const noexcept { return !end.sentence.empty(); }
    /// Two failures at the same place, or with the same sentence up to its first colon or comma,
    /// are the same: values in a sentence may differ.
    bool is_same_failure(const outcome& other) const {
        if (!failed() || !other.failed() || end.where.line() != other.end.where.line())
            return false;
        if (end.where.line() != 0)
            return std::string_view{end.where.file_name()} == other.end.where.file_name();
        const auto head = [](const std::string& s) { return s.substr(0, s.find_first_of(":,")); };
        return head(end.sentence) == head(other.end.sentence);
    }
};

/// Tells the run where the program begins and ends, on its process.
class in_program {
public:
    explicit in_program(explored_run& run) : run_{run}, before_{std::uncaught_exceptions()} {
        run_.program_begins();
    }
    ~in_program() { run_.program_ends(std::uncaught_exceptions() > before_); }
    in_program(const in_program&) = delete;
    in_program& operator=(const in_program&) = delete;

private:
    explored_run& run_;
    int before_;
};

outcome run_once(const explored_program& program,
                 std::uint64_t seed,
                 const faults& f,
                 const std::optional<decisions>& replayed = {}) {
    const auto run = std::make_shared<explored_run>(seed, f, replayed);
    const std::exception_ptr thrown = run_explored(seed, run, [&] {
        testing::test t;
        const in_program here{*run};
        try {
            program(t);
        } catch (const testing::assertion_failed& e) {
            run->note_assertion(e);
            throw;
        }
    });
    return {.seed = seed, .run = run, .end = run->result(thrown)};
}

// --- shrinking ---

/// Looks for a smaller run that fails in the same way.
class shrinker {
public:
    shrinker(const explored_program& program, const faults& f, outcome first)
        : program_{program}, faults_{f}, best_{std::move(first)} {}

    void try_small_seeds() {
        constexpr std::uint64_t small = 32;
        for (std::uint64_t seed = 0; seed < std::min(small, best_.seed); ++seed)
            if (outcome o = run_once(program_, seed, faults_); o.is_same_failure(best_)) {
                best_ = std::move(o);
                return;
            }
    }

    void leave_out_decisions() {
        injected_before_ = best_.run->fault_lines().size();
        out_of_turn_before_ = best_.run->count(decision::kind::order);
        decisions injected, order;
        for (const decision& d : best_.run->made())
            (d.what == decision::kind::order ? order : injected).push_back(d);
        if (fails({}, {}))
            return;
        const auto fewer_faults = [&] {
            injected =
                minimal_subset(injected, [&](const decisions& d) { return fails(d, order); });
        };
        fewer_faults();
        const std::size_t order_before = order.size();
        order = minimal_subset(order, [&](const decisions& d) { return fails(injected, d); });
        if (order.size() != order_before)
            fewer_faults(); // some may have been needed for the order alone
        if (injected.size() > 1)
            try_one(injected);
        if (order.size() > 1)
            try_one(order);
    }

    const outcome& best() const noexcept { return best_; }
    std::size_t injected_before() const noexcept { return injected_before_; }
    std::size_t out_of_turn_before() const noexcept { return out_of_turn_before_; }

private:
    /// Without the others a decision comes at another time in the course of the program, so one
    /// alone may do where none of them could be left out.
    void try_one(const decisions& some) {
        constexpr std::uint64_t furthest = 64;
        for (const decision& d : some)
            for (std::uint64_t point = 1; point <= furthest; ++point)
                if (fails({{d.what, point, d.value}}, {}))
                    return;
    }
    bool fails(const decisions& injected, const decisions& order) {
        constexpr std::size_t most_runs = 1000;
        if (++runs_ > most_runs)
            return false;
        decisions all = injected;
        all.insert(all.end(), order.begin(), order.end());
        outcome o = run_once(program_, best_.seed, faults_, all);
        if (!o.is_same_failure(best_))
            return false;
        best_ = std::move(o);
        return true;
    }

    const explored_program& program_;
    const faults& faults_;
    outcome best_;
    std::size_t runs_ = 0;
    std::size_t injected_before_ = 0;
    std::size_t out_of_turn_before_ = 0;
};

// --- the report ---

void add_lines(std::string& text, const std::vector<std::string>& lines) {
    constexpr std::size_t shown = 20;
    for (std::size_t i = 0; i < std::min(shown, lines.size()); ++i)
        text += "\n  " + lines[i];
    if (lines.size() > shown)
        text += fmt::format("\n  and {} more", lines.size() - shown);
}

std::string counted(std::size_t n, std::size_t before) {
    return n == before ? fmt::format("{}", n) : fmt::format("{} of {}", n, before);
}

std::string report_of(const outcome& o,
                      const testing::exploration_failed::run& run,
                      const shrinker& by,
                      std::uint64_t first_seed,
                      std::size_t runs,
                      std::size_t seeds) {
    std::string text = testing::assertion_failed{o.end.sentence, o.end.where}.what();
    text += fmt::format("\nseed {}", run.seed);
    if (run.seed != first_seed)
        text += fmt::format(", which fails in the same way as seed {}", first_seed);
    text += fmt::format(", after {} of {} runs that passed", runs, seeds);
    if (run.faults.empty())
        text += "\nno fault was needed";
    else {
        text += fmt::format("\nfaults that were needed: {}",
                            counted(run.faults.size(), by.injected_before()));
        add_lines(text, run.faults);
    }
    if (run.out_of_turn.empty())
        text += "\neach process ran in its turn";
    else {
        text += fmt::format("\nsteps out of turn that were needed: {}",
                            counted(run.out_of_turn.size(), by.out_of_turn_before()));
        add_lines(text, run.out_of_turn);
    }
    text += "\nmailboxes:";
    add_lines(text, run.mailboxes);
    text += fmt::format("\nrepeat it with COPPICE_SEED={} in the environment, or with "
                        "explore({{{}}}, ...)",
                        run.seed, run.seed);
    return text;
}

[[noreturn]] void fail(const explored_program& program,
                       const faults& f,
                       outcome first,
                       std::size_t passed,
                       std::size_t seeds) {
    const std::uint64_t first_seed = first.seed;
    shrinker by{program, f, std::move(first)};
    if (seeds > 1)
        by.try_small_seeds();
    by.leave_out_decisions();
    const outcome& o = by.best();
    testing::exploration_failed::run run{.seed = o.seed,
                                         .faults = o.run->fault_lines(),
                                         .out_of_turn = o.run->order_lines(),
                                         .mailboxes = o.run->mailboxes(),
                                         .trace = o.run->trace()};
    const std::string report = report_of(o, run, by, first_seed, passed, seeds);
    throw testing::exploration_failed{report, o.end.sentence, o.end.where, std::move(run)};
}

void add(testing::explored& sum, const explored_run& r) {
    ++sum.runs;
    sum.steps += r.steps();
    sum.out_of_turn += r.count(decision::kind::order);
    sum.crashes += r.count(decision::kind::crash);
    sum.failed_starts += r.count(decision::kind::failed_start);
    sum.full_mailboxes += r.count(decision::kind::full_mailbox);
    sum.slow_handlers += r.count(decision::kind::slow_handler);
}

} // namespace

testing::explored explore_seeds(const std::vector<std::uint64_t>& seeds,
                                const explored_program& program,
                                const faults& f) {
    check(f);
    if (seeds.empty())
        throw std::invalid_argument{
            "coppice: testing::explore got no seeds, and would test nothing"};
    testing::explored sum;
    for (const std::uint64_t seed : seeds) {
        outcome o = run_once(program, seed, f);
        if (o.failed())
            fail(program, f, std::move(o), sum.runs, seeds.size());
        add(sum, *o.run);
    }
    return sum;
}

std::string trace_of_run(std::uint64_t seed, const explored_program& program, const faults& f) {
    check(f);
    const outcome o = run_once(program, seed, f);
    return o.run->trace() + (o.failed() ? "it fails: " + o.end.sentence : "it passes") + '\n';
}

} // namespace detail
} // namespace coppice
