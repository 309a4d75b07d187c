// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <chrono>
#include <coppice/pid.hpp>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

// The seam between a simulation and what explores it, which is in coppice/explore.hpp. A runtime
// that is not explored has none of it: all but two of the points lie where a simulation chooses
// what runs next, one behind the bound of a mailbox, and one where a supervisor starts a child.
namespace coppice::detail {

/// What decides, at the points where chance may have its way.
///
/// Context: the one thread of its simulation, mostly between two processes; it must not wait.
class exploration {
public:
    exploration() = default;
    exploration(const exploration&) = delete;
    exploration& operator=(const exploration&) = delete;
    virtual ~exploration() = default;

    // --- what runs next ---

    /// Before each choice. It may kill a process.
    virtual void before_choice() = 0;
    /// The index of the one that runs next, of `n` that can; the one that has waited longest is 0.
    virtual std::size_t choose(std::size_t n) = 0;
    /// How long the handler takes that a server is about to begin, beside what it does: mostly no
    /// time.
    virtual std::chrono::nanoseconds delay(pid server, std::string_view kind) = 0;
    /// It runs now. `kind`: the name of its class or function, or its label.
    virtual void runs(pid process, std::string_view kind) = 0;
    /// No process can run, and no timer is pending. False: so be it.
    virtual bool nothing_can_run() = 0;

    // --- what else may go wrong ---

    /// A message for a bounded mailbox. True: the mailbox says that it is full.
    virtual bool mailbox_is_full(pid to) = 0;
    /// A supervisor starts a child. True: the start fails.
    virtual bool start_fails(std::string_view id) = 0;
    /// A supervisor has started a child.
    virtual void child_started(pid child, std::string_view id) = 0;

    // --- while the program says so, nothing does ---

    virtual void pause_faults() noexcept = 0;
    virtual void resume_faults() noexcept = 0;
};

/// That of the simulation on whose thread the caller runs; null elsewhere.
exploration* current_exploration() noexcept;

/// While one lives, no fault is injected.
///
/// Context: a process, on its own stack.
class faults_paused {
public:
    faults_paused() noexcept : by_{current_exploration()} {
        if (by_)
            by_->pause_faults();
    }
    ~faults_paused() {
        if (by_)
            by_->resume_faults();
    }
    faults_paused(const faults_paused&) = delete;
    faults_paused& operator=(const faults_paused&) = delete;

private:
    exploration* by_;
};

/// Runs `f` as a process of a simulation that is explored by `by`, and returns what it threw.
///
/// Errors: std::logic_error as `testing::simulation`. A process that did not come to its end is a
/// call_error among what is returned.
/// Context: a plain thread.
std::exception_ptr run_explored(std::uint64_t seed,
                                std::shared_ptr<exploration> by,
                                const std::function<void()>& f);

/// As testing::mailbox_text, of any process of a simulation. It looks and takes nothing.
///
/// Context: the thread of a simulation; does not suspend.
std::string mailbox_text_of(pid process);

} // namespace coppice::detail
