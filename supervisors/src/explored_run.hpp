// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <array>
#include <coppice/detail/exploration.hpp>
#include <coppice/explore.hpp>
#include <map>
#include <optional>
#include <random>
#include <vector>

namespace coppice::detail {

/// What was not decided as usual. Usual is: the process that has waited longest runs next, and no
/// fault is injected.
struct decision {
    enum class kind : std::uint8_t { order, crash, failed_start, full_mailbox, slow_handler };
    static constexpr std::size_t kinds = 5;

    kind what;
    std::uint64_t point; // which of the points of its kind in the run, from 1
    // order: how many had waited longer; crash: which child, from 1; slow_handler: nanoseconds.
    std::uint64_t value;
};
using decisions = std::vector<decision>;

/// One run of a program: what its seed decides, or what an earlier run had decided, and what came
/// of it.
///
/// A point is a place in the course of a program where something is decided, and is known by its
/// number. Two runs with the same decisions are equal up to the first that differs, so a run is
/// replayed by its decisions, and shrunk by leaving out some of them.
///
/// Context: the thread of its simulation; what came of it, when that has ended.
class explored_run final : public exploration {
public:
    /// `replayed`: decisions to make again, in their order; without them the seed decides.
    explored_run(std::uint64_t seed,
                 const testing::faults& allowed,
                 const std::optional<decisions>& replayed);

    // --- by the process of the program ---

    void program_begins();
    void program_ends(bool by_exception);
    /// What does not hold; the exception is on its way.
    void note_assertion(const testing::assertion_failed& e);

    // --- what is decided ---

    void before_choice() override;
    std::size_t choose(std::size_t n) override;
    std::chrono::nanoseconds delay(pid server, std::string_view kind) override;
    void runs(pid process, std::string_view kind) override;
    bool nothing_can_run() override;
    bool mailbox_is_full(pid to) override;
    bool start_fails(std::string_view id) override;
    void child_started(pid child, std::string_view id) override;
    void pause_faults() noexcept override { ++paused_; }
    void resume_faults() noexcept override { --paused_; }

    // --- what came of it ---

    struct end {
        std::string sentence; // empty: the program has passed
        boost::source_location where = {};
    };
    /// `thrown`: by the program's process.
    end result(const std::exception_ptr& thrown) const;

    const decisions& made() const noexcept { return made_; }
    std::size_t count(decision::kind k) const noexcept;
    std::size_t steps() const noexcept { return steps_; }
    const std::vector<std::string>& mailboxes() const noexcept { return mailboxes_; }
    /// A line for each fault that was injected.
    std::vector<std::string> fault_lines() const;
    /// A line for each step in which a process ran before its turn.
    std::vector<std::string> order_lines() const;
    /// A line for each step and each fault.
    std::string trace() const;

private:
    using kind = decision::kind;
    struct event {
        enum class what : std::uint8_t { run, crash, failed_start, full_mailbox, slow_handler };
        what happened;
        std::uint32_t who; // in names_
        std::size_t step;
        std::chrono::nanoseconds at;
        std::uint64_t value; // run: how many had waited longer; slow_handler: nanoseconds
    };
    struct child {
        pid process;
        std::string id;
    };

    bool is_open() const noexcept { return running_ && paused_ == 0; }
    bool chance(double probability);
    template <class Draw>
    std::uint64_t decide(kind what, Draw draw);
    std::uint64_t replayed_at(kind what, std::uint64_t point);
    void make(kind what, std::uint64_t value) {
        made_.push_back({what, points_[static_cast<std::size_t>(what)], value});
    }
    void note(event::what happened, std::uint32_t who, std::uint64_t value);
    const child* child_of(pid process) const;
    std::uint32_t name(pid process, std::string_view kind);
    std::uint32_t new_name(std::string base);
    void give_up(std::string sentence);
    void look_into_mailboxes();
    std::string line(const event& e) const;

    testing::faults allowed_;
    bool replays_;
    std::mt19937_64 order_random_, fault_random_;
    std::array<decisions, decision::kinds> replayed_;
    std::array<std::size_t, decision::kinds> next_replayed_{};
    std::array<std::uint64_t, decision::kinds> points_{};
    decisions made_;
    std::size_t faults_ = 0;

    pid program_;
    time_limit::clock::time_point began_{};
    bool running_ = false; // the program
    int paused_ = 0;
    int kills_of_program_ = 0;
    std::size_t steps_ = 0;
    std::uint64_t had_waited_longer_ = 0;
    std::vector<child> children_; // that live, in the order of their start

    std::vector<event> events_;
    std::vector<std::string> names_;
    std::map<pid, std::uint32_t> name_of_;
    std::map<std::string, std::size_t> bearers_; // of a name, one after the other
    std::vector<std::string> mailboxes_;
    std::string gave_up_;
    end assertion_;
};

} // namespace coppice::detail
