// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/process.hpp>
#include <coppice/receive.hpp>
#include <coppice/this_process.hpp>
#include <functional>

namespace coppice::testing {

/// The runtime on one thread, in virtual time, with a seeded choice of the process that runs next.
///
/// The same function under the same seed takes the same course, in any run of the program and
/// whatever ran before, so a failure found with a random seed is replayed by that seed. What
/// happens between two `run`s, and when the simulation kills what is left, is no part of that. The
/// order of a hash table of pids is the same only where the same ran before.
///
/// Time stands still while a process can run and jumps to the next timer when none can: an hour's
/// sleep costs nothing.
///
/// Units: virtual time starts at an hour past the clock's epoch.
/// Errors: std::logic_error while another runtime runs. An exception that leaves the function given
/// to `run` is thrown again in the caller, after the seed has been printed.
/// Context: a plain thread; one simulation at a time.
class simulation {
public:
    explicit simulation(std::uint64_t seed = 1);
    /// Kills what is still alive.
    ~simulation();
    simulation(const simulation&) = delete;
    simulation& operator=(const simulation&) = delete;

    /// Runs `f` as a process and returns when it has ended.
    void run(const std::function<void()>& f);
    std::uint64_t seed() const noexcept { return seed_; }

private:
    std::uint64_t seed_;
};

/// Seeds to try: the one in the environment variable COPPICE_SEED, else `count` fresh ones.
///
/// Context: any thread.
std::vector<std::uint64_t> seeds(std::size_t count);

/// A process that stands in for a client or a server and tells what reached it.
///
/// Context: made and used inside a process, by its owner only; it is the owner's own mailbox.
class probe {
public:
    /// The pid to send to.
    pid self() const noexcept { return this_process::self(); }
    /// The next M, until the timeout has passed (virtual time in a simulation); else throws with a
    /// sentence.
    template <class M>
    M expect(time_limit timeout = std::chrono::seconds{5}) {
        auto m = this_process::receive<M>(timeout);
        if (!m)
            missing(detail::type_name<M>());
        return std::move(*m);
    }
    /// No M comes until the timeout has passed; else throws with a sentence.
    template <class M>
    void expect_none(time_limit timeout = std::chrono::milliseconds{100}) {
        if (this_process::receive<M>(timeout))
            unexpected(detail::type_name<M>());
    }
    /// Waits for the exit of a process; its reason.
    exit_reason expect_end(pid process, time_limit timeout = std::chrono::seconds{5});

private:
    [[noreturn]] static void missing(std::string_view type);
    [[noreturn]] static void unexpected(std::string_view type);
};

} // namespace coppice::testing
