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
/// It hears what the supervisors report, whatever of that is written to the log.
///
/// Context: any thread.
class chronicle {
public:
    using time_point = std::chrono::system_clock::time_point;
    struct life {
        std::size_t starts = 0;
        time_point since;
        std::string last_end; ///< empty: it never ended by itself
    };

    chronicle();

    /// Of the child with this id. The connections all have one id.
    life of(const std::string& child) const;
    /// When a process that runs was started.
    std::optional<time_point> started(coppice::pid process) const;

private:
    void note(const coppice::log::record& r);

    mutable std::mutex lock_;
    std::map<std::string, life> children_;
    std::map<coppice::pid, time_point> running_;
    coppice::log::subscription reports_; // the last one: it ends before what `note` writes to
};

} // namespace key_value
