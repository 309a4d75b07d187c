// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/log_record.hpp>
#include <coppice/report.hpp>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace key_value {

/// The starts and exits of all children since the program started: how often each was started,
/// since when it runs, and why it exited last.
///
/// It subscribes to the reports of the supervisors, at every level of the log. It keeps an entry
/// for each id, and the start time of each child that runs.
///
/// Context: any thread.
class restart_history {
public:
    using time_point = std::chrono::system_clock::time_point;
    struct life {
        std::size_t starts = 0;
        time_point since;
        std::string last_end;          ///< empty: it never exited by itself
        std::size_t failed_starts = 0; ///< since its last start
        std::string last_failure;      ///< the reason of the last failed start
    };

    restart_history();

    /// The history of the child with this id. All connections have one id.
    life of(const std::string& child) const;
    /// When a running process was started.
    std::optional<time_point> started(coppice::pid process) const;
    /// The number of processes with an entry: at most twice as many as run, or 64.
    std::size_t remembered() const;

private:
    void note(const coppice::log::record& r);
    void forget_dead_processes();

    mutable std::mutex lock_;
    std::map<std::string, life> children_;
    std::map<coppice::pid, time_point> running_; // and some that have exited since the last sweep
    std::size_t swept_at_ = 64;                  // the size at which it is swept
    coppice::log::subscription
        reports_; // the last member: it ends before the members that `note` uses
};

} // namespace key_value
