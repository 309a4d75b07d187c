// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "os_signal_wait.hpp"
#include <atomic>
#include <coppice/pid.hpp>
#include <coppice/runtime.hpp>
#include <functional>
#include <memory>

// What `application` and `release` have in common: the runtime, the signals of the program, and the
// time limit of its stop. A process, the master, does the rest.
namespace coppice::detail {

/// To the master: SIGTERM or SIGINT.
struct stop_program {};
/// To the master: SIGHUP.
struct reload_program {};

/// What the master process and the plain thread share. Owned by both, because a master whose tree
/// hangs in its start may be left behind.
class program_state : public std::enable_shared_from_this<program_state> {
public:
    /// What the master is doing.
    enum class progress : std::uint8_t {
        running,
        stopping, ///< it knows the outcome, and stops what still runs
        ended     ///< it has exited
    };

    explicit program_state(std::function<int()> main) : main_{std::move(main)} {}
    virtual ~program_state() = default;
    program_state(const program_state&) = delete;
    program_state& operator=(const program_state&) = delete;

    /// The master process.
    virtual void run_master() = 0;

    /// The master calls it when it knows the outcome: from here on the plain thread limits the time
    /// of the stop, whatever its cause.
    void begin_stopping() {
        outcome_is_known_.store(true, std::memory_order_release); // with it the outcome is constant
        set_progress(progress::stopping);
    }
    /// Of the master: runs `main` as a process that is linked to it; null without one.
    pid start_main();

    void set_progress(progress p) {
        progress_.store(p, std::memory_order_release);
        waker_->wake();
    }
    progress where() const { return progress_.load(std::memory_order_acquire); }
    bool outcome_is_known() const { return outcome_is_known_.load(std::memory_order_acquire); }
    bool main_returned() const { return main_returned_.load(std::memory_order_acquire); }
    int value_of_main() const { return value_of_main_; }
    const std::shared_ptr<waker>& waker_of_thread() const { return waker_; }

private:
    std::function<int()> main_;
    std::shared_ptr<waker> waker_ = std::make_shared<waker>();
    std::atomic<int> value_of_main_{0};
    // Each is stored with release and loaded with acquire: what was written before it is seen.
    std::atomic<bool> main_returned_{false};
    std::atomic<bool> outcome_is_known_{false};
    std::atomic<progress> progress_{progress::running};
};

struct program_options {
    const char* verb;   ///< what the user called, for errors
    const char* master; ///< the label of the master process
    const char* what;   ///< what stops too slowly: "the tree"
    coppice::runtime::options runtime;
    time_span stop_timeout;
    bool reloads = false; ///< SIGHUP is taken, too
};

/// How it came that the master exited.
struct program_end {
    bool was_told = false;   ///< by a signal, or its time was over
    bool was_killed = false; ///< it did not stop in time, or was told twice
};

/// Starts the runtime unless it runs, runs the master, and stops the runtime.
///
/// Errors: std::logic_error from a process and while another program runs; what the runtime throws.
/// Context: a plain thread; blocks it.
program_end run_program(const std::shared_ptr<program_state>& s, const program_options& options);

/// A line on the standard error.
void print_error(const std::string& what);

} // namespace coppice::detail
