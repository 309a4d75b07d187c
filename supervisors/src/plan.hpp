// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/child_info.hpp>
#include <coppice/supervisor_flags.hpp>
#include <span>
#include <vector>

// What a supervisor decides, apart from what it does. Everything here is a pure function: values
// in, values out, no process touched. The tables and properties are in tests/supervisors.
namespace coppice::detail {

/// As much of a child as deciding needs.
struct child_view {
    restart_type restart = permanent;
    child_status status = child_status::running;
    bool significant = false;
};

/// What a child's own end means for it.
enum class after_exit : std::uint8_t {
    restart, // a failure, as far as this child's type goes
    keep,    // it stays stopped, its spec stays
    forget,  // its spec goes too
};
after_exit decide_exit(restart_type type, const exit_reason& why);

/// Whether the end is worth an error report: OTP is silent about orderly ends that are allowed.
bool is_reported(restart_type type, const exit_reason& why);

/// Whether a supervisor ends after a significant child has ended and is not restarted.
///
/// `rest` are the other children. Stopped ones count as gone, those between two attempts do not.
bool decide_auto_shutdown(auto_shutdown when, bool significant, std::span<const child_view> rest);

/// One thing to do with one child.
struct step {
    enum class kind : std::uint8_t {
        stop,   // end its process, or the attempts to start one, and wait until it is gone
        forget, // drop its spec
        start,
    };
    kind what;
    std::size_t child; // index into the children, oldest first

    friend bool operator==(const step&, const step&) = default;
};

/// Says how to renew what the end of `children[died]` brings down, `died` included.
///
/// Shape: stops newest first, each temporary one forgotten right after, then starts oldest first.
/// When a start fails the later ones are not tried: that child is `restarting`, and the plan for it
/// is made anew when its next attempt comes.
/// Source: OTP Design Principles, "Supervisor Behaviour", Restart Strategy.
std::vector<step> plan_restart(restart_strategy how,
                               std::span<const child_view> children,
                               std::size_t died);

/// Says in which order a supervisor stops its children at its own end.
///
/// Shape: groups one after the other; the children of a group are told at the same moment.
/// Source: OTP, as above: reverse start order; all at once, the oldest first, for
/// simple_one_for_one.
std::vector<std::vector<std::size_t>> plan_shutdown(restart_strategy how,
                                                    std::span<const child_view> children);

/// Whether the way in which a child ended, when it was told to, is worth an error report.
///
/// Source: OTP supervisor: `shutdown` is what is expected (`killed` of a child with brutal_kill);
/// `normal` and `{shutdown, _}` are accepted of children that are not permanent.
bool stopped_as_told(restart_type type, bool brutal, const exit_reason& why);

} // namespace coppice::detail
