// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/error.hpp>
#include <coppice/pid.hpp>
#include <fmt/format.h>

// The errors that a supervisor answers, each with OTP's word as its reason.
namespace coppice::detail {

inline failure max_children(std::size_t limit) {
    return {errc::max_children, exit_reason{"max_children"},
            fmt::format("this dynamic supervisor has all the {} children it may have", limit)};
}
inline failure not_found(std::string_view what) {
    return {errc::not_found, exit_reason{"not_found"},
            fmt::format("this supervisor has no child `{}`", what)};
}
inline failure already_started(std::string_view id, pid process) {
    return {errc::already_started,
            exit_reason::tagged("already_started", exit_reason{process.text()}),
            fmt::format("the child `{}` runs already as {}", id, process.text())};
}
inline failure already_present(std::string_view id) {
    return {
        errc::already_present, exit_reason{"already_present"},
        fmt::format("the child `{}` is known but does not run: restart_child or delete_child", id)};
}
inline failure is_running(std::string_view id) {
    return {errc::running, exit_reason{"running"},
            fmt::format("the child `{}` runs: terminate_child first", id)};
}
inline failure is_restarting(std::string_view id) {
    return {errc::restarting, exit_reason{"restarting"},
            fmt::format("the child `{}` is between two attempts to restart it: terminate_child "
                        "ends them",
                        id)};
}
inline failure by_process_only(std::string_view verb) {
    return {errc::bad_spec, exit_reason{"simple_one_for_one"},
            fmt::format("{}: the children of a simple_one_for_one supervisor have no ids; "
                        "terminate_child takes the pid",
                        verb)};
}
inline failure takes_no_extra_arguments(std::string_view id) {
    return {errc::bad_spec, exit_reason{"invalid_child_spec"},
            fmt::format("this supervisor has extra arguments, and the child `{}` takes none: make "
                        "it by `child` of the same extra_arguments<...>",
                        id)};
}

} // namespace coppice::detail
