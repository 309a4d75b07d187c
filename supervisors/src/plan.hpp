// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/child_info.hpp>
#include <coppice/supervisor_flags.hpp>
#include <span>
#include <vector>

// The decisions of a supervisor, as pure functions: values in, values out, no process touched. The
// tables and properties are in tests/supervisors.
namespace coppice::detail {

/// The part of a child that the decisions need.
struct child_view {
    restart_type restart = permanent;
    child_status status = child_status::running;
    bool significant = false;
};

/// What a supervisor does with a child that has exited by itself.
enum class after_exit : std::uint8_t {
    restart, // its exit counts as a failure for its restart type
    keep,    // the child stays stopped, its spec is kept
    forget,  // its spec is deleted too
};
after_exit decide_exit(restart_type type, const exit_reason& why);

/// Whether an exit is reported as an error: OTP does not report orderly exits that are allowed.
bool is_reported(restart_type type, const exit_reason& why);

/// Whether a supervisor exits after a significant child has exited and is not restarted.
///
/// `rest` are the other children. A stopped child counts as gone, a child between two attempts not.
bool decide_auto_shutdown(auto_shutdown when, bool significant, std::span<const child_view> rest);

/// One thing to do with one child.
struct step {
    enum class kind : std::uint8_t {
        stop,   // stop its process, or the attempts to start one, and wait until it is gone
        forget, // delete its spec
        start,
    };
    kind what;
    std::size_t child; // index into the children, oldest first

    friend bool operator==(const step&, const step&) = default;
};

/// Returns the steps that restart `children[died]` and the siblings that depend on it.
///
/// Shape: stops newest first, each temporary child forgotten right after, then starts oldest first.
/// When a start fails the later children are not tried: that child is `restarting`, and its next
/// attempt makes a new plan.
/// Source: OTP Design Principles, "Supervisor Behaviour", Restart Strategy.
std::vector<step> plan_restart(restart_strategy how,
                               std::span<const child_view> children,
                               std::size_t died);

/// Returns the order in which a supervisor stops its children when it exits.
///
/// Shape: groups, one after the other; the children of a group are told at the same moment.
/// Source: OTP, as above: reverse start order; all at once, the oldest first, for
/// simple_one_for_one.
std::vector<std::vector<std::size_t>> plan_shutdown(restart_strategy how,
                                                    std::span<const child_view> children);

/// Whether a child that was told to stop exited as expected; if not, it is reported as an error.
///
/// Source: OTP supervisor: `shutdown` is expected (`killed` of a child with brutal_kill);
/// `normal` and `{shutdown, _}` are accepted of children that are not permanent.
bool stopped_as_told(restart_type type, bool brutal, const exit_reason& why);

} // namespace coppice::detail
