// SPDX-License-Identifier: BSL-1.0
// The text of enumerators, as it appears in logs, in reports and in specs given as text.
#include <boost/assert.hpp>
#include <coppice/child_info.hpp>
#include <coppice/restart_strategy.hpp>
#include <coppice/restart_type.hpp>
#include <coppice/shutdown_policy.hpp>
#include <coppice/supervisor_flags.hpp>
#include <fmt/format.h>

namespace coppice {

std::string_view to_string(restart_strategy s) noexcept {
    switch (s) {
    case one_for_one:
        return "one_for_one";
    case one_for_all:
        return "one_for_all";
    case rest_for_one:
        return "rest_for_one";
    case simple_one_for_one:
        return "simple_one_for_one";
    }
    BOOST_ASSERT_MSG(false, "no such strategy");
    return "?";
}

std::string_view to_string(restart_type r) noexcept {
    switch (r) {
    case permanent:
        return "permanent";
    case transient:
        return "transient";
    case temporary:
        return "temporary";
    }
    BOOST_ASSERT_MSG(false, "no such restart type");
    return "?";
}

std::string_view to_string(child_type t) noexcept {
    switch (t) {
    case child_type::worker:
        return "worker";
    case child_type::supervisor:
        return "supervisor";
    }
    BOOST_ASSERT_MSG(false, "no such child type");
    return "?";
}

std::string_view to_string(child_status s) noexcept {
    switch (s) {
    case child_status::running:
        return "running";
    case child_status::restarting:
        return "restarting";
    case child_status::stopped:
        return "stopped";
    }
    BOOST_ASSERT_MSG(false, "no such child status");
    return "?";
}

std::string_view to_string(auto_shutdown a) noexcept {
    switch (a) {
    case auto_shutdown::never:
        return "never";
    case auto_shutdown::any_significant:
        return "any_significant";
    case auto_shutdown::all_significant:
        return "all_significant";
    }
    BOOST_ASSERT_MSG(false, "no such auto_shutdown");
    return "?";
}

std::string shutdown_policy::text() const {
    switch (kind_) {
    case kind::by_type:
        return "default";
    case kind::brutal:
        return "brutal_kill";
    case kind::infinite:
        return "infinity";
    case kind::timed:
        return fmt::format("{} ms",
                           std::chrono::duration_cast<std::chrono::milliseconds>(time_).count());
    }
    BOOST_ASSERT_MSG(false, "no such shutdown policy");
    return {};
}

} // namespace coppice
