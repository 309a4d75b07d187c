// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/child_spec.hpp>
#include <cstddef>

namespace coppice {

/// Where a child stands.
enum class child_status : std::uint8_t {
    running,
    restarting, ///< between two attempts to start it again
    stopped,    ///< no process: stopped by hand, ended for good, or its start called `ignore`
};

/// The word for it, as it stands in logs.
std::string_view to_string(child_status) noexcept;

/// One line of `which_children`.
///
/// Shape: `process` is null unless the child runs. The ids of children that came from the
/// template of a `simple_one_for_one` supervisor are empty.
/// Source: OTP, `supervisor:which_children/1`; restarts and started_at are ours.
struct child_info {
    std::string id;
    pid process = {};
    child_status status = child_status::stopped;
    child_type type = child_type::worker;
    std::size_t restarts = 0; ///< how often it was started again, by hand too
    /// When the process was started, on the runtime's clock; the epoch when there is none.
    time_limit::clock::time_point started_at = {};
};

/// What `count_children` answers.
///
/// Source: OTP, `supervisor:count_children/1`.
struct child_counts {
    std::size_t specs = 0;       ///< child specs, running or not
    std::size_t active = 0;      ///< children whose process lives
    std::size_t supervisors = 0; ///< specs of type supervisor, running or not
    std::size_t workers = 0;     ///< specs of type worker, running or not
};

} // namespace coppice
