// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/backoff.hpp>
#include <coppice/restart_strategy.hpp>
#include <cstdint>
#include <string_view>

namespace coppice {

/// Whether a supervisor ends by itself when its significant children have ended.
///
/// A child is significant when its spec says so. Only its own end counts, and only when it is not
/// restarted: a significant child is `transient` (its orderly end counts) or `temporary`. Being
/// stopped by `terminate_child` or with a sibling does not count.
///
/// Source: OTP supervisor, flag `auto_shutdown` (since OTP 24).
enum class auto_shutdown : std::uint8_t {
    never,           ///< significant children are refused
    any_significant, ///< when the first of them has ended
    all_significant, ///< when the last of them has ended
};
using auto_shutdown::all_significant;
using auto_shutdown::any_significant;

/// The word for it, as it stands in logs.
std::string_view to_string(auto_shutdown) noexcept;

/// How a supervisor treats its children. All have OTP's defaults.
///
/// More than `intensity` restarts within `period`, and the supervisor stops its children and exits
/// with `shutdown`: its own supervisor decides what then.
///
/// **Intensities multiply.** A supervisor whose child is a supervisor with the same intensity and
/// period sees one exit of that child for `intensity + 1` crashes below it. With 10 in 5 s on both
/// levels it gives up after 120 restarts, and only if they all come within its own 5 s: a crash
/// each 200 ms ends the child time and again, and its supervisor never, so that the fault does not
/// climb the tree. So a tree is checked when it starts, and a child when `start_child` adds it. A
/// warning (intensities_multiply.hpp) names a supervisor whose intensity is at least
/// that of a child supervisor while its period is not longer. Mend it by a lower intensity or a
/// longer period of the upper one; `.intensity_warning = false` says that it is meant so. Flags at
/// their defaults are not warned of, and a child with a start function made by hand, or a
/// supervisor with an `init` function, is not looked into.
///
/// Units: `period` is any duration above zero.
/// Source: OTP supervisor, "supervisor flags", and "Tuning the Intensity and Period" in the OTP
/// Design Principles; `backoff` and the warning are ours.
struct supervisor_flags {
    restart_strategy strategy = one_for_one;
    unsigned intensity = 1;
    time_span period = std::chrono::seconds{5};
    coppice::auto_shutdown auto_shutdown = coppice::auto_shutdown::never;
    coppice::backoff backoff = {};
    bool intensity_warning = true; ///< see above
};

} // namespace coppice
