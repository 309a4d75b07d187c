// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/restart_type.hpp>
#include <coppice/shutdown_policy.hpp>
#include <coppice/start_function.hpp>
#include <string>

namespace coppice {

/// How to start a child, what its end means, and how to stop it. A value: copy it, keep it.
///
/// `child<S>(id, args...)` (coppice/child.hpp) makes one for a server class and is what one usually
/// wants. By hand it takes any start function:
/// `child_spec{.id = "poller", .start = [] { return spawn_link(poll); }, .restart = transient}`.
///
/// Units: see `shutdown_policy`.
/// Errors: a supervisor refuses a wrong spec with `errc::bad_spec`; coppice/check_spec.hpp lists
/// what it looks at.
/// Source: OTP supervisor, "child specification".
struct child_spec {
    std::string id = {}; ///< its name within this supervisor
    start_function start = {};
    restart_type restart = permanent;
    shutdown_policy shutdown = {};
    child_type type = child_type::worker;
    bool significant = false; ///< see `auto_shutdown`
};

} // namespace coppice
