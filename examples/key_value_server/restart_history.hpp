// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/log_record.hpp>
#include <coppice/report.hpp>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace key_value {

/// What became of the children since the program started: how often each was started, since when it
/// runs, and why it ended last.
///
/// It hears what the supervisors report, whatever of that is written to the log. It keeps an entry
/// for each id, and the start of each child that runs: nothing of those that have ended.
///
/// Context: any thread.
class chronicle {
public:
    using time_point = std::chrono::system_clock::time_point;
    struct life {
        std::size_t starts = 0;
        time_point since;
        std::string last_end;          ///< empty: it never ended by itself
        std::size_t failed_starts = 0; ///< since it was started last
        std::string last_failure;      ///< of those
    };

    chronicle();

    /// Of the child with this id. The connections all have one id.
    life of(const std::string& child) const;
    /// When a process that runs was started.
    std::optional<time_point> started(coppice::pid process) const;
    /// How many processes there is an entry for, at most twice as many as run, or 64.
    std::size_t remembered() const;

private:
    void note(const coppice::log::record& r);
    void forget_the_dead();

    mutable std::mutex lock_;
    std::map<std::string, life> children_;
    std::map<coppice::pid, time_point> running_; // and some that have ended since it was swept
    std::size_t swept_at_ = 64;                  // the size that is too large
    coppice::log::subscription reports_; // the last one: it ends before what `note` writes to
};

} // namespace key_value
