// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/check_spec.hpp>
#include <coppice/child_info.hpp>
#include <variant>

// The requests to a supervisor: one for each of its functions.
namespace coppice::detail {

/// A child is named by its id or, where children have none, by its process.
using child_key = std::variant<std::string, pid>;

inline std::string text_of(const child_key& which) {
    const auto* id = std::get_if<std::string>(&which);
    return id ? *id : std::get<pid>(which).text();
}

/// A supervisor's own `result`, as opposed to the `result` of the call that asked for it. A struct
/// keeps the two types apart.
template <class T>
struct answer {
    template <std::same_as<result<T>> R> // no conversion: a bare `failure` is rejected
    answer(R r) : value{std::move(r)} {}
    result<T> value;
};

struct start_child_request {
    using reply = answer<started_child>;
    std::variant<child_spec, unchecked_child_spec, start_args> what;
};
struct terminate_child_request {
    using reply = answer<void>;
    child_key which;
};
struct restart_child_request {
    using reply = answer<started_child>;
    std::string id;
};
struct delete_child_request {
    using reply = answer<void>;
    std::string id;
};
struct get_child_spec_request {
    using reply = answer<child_spec>;
    child_key which;
};
struct which_children_request {
    using reply = std::vector<child_info>;
};
struct count_children_request {
    using reply = child_counts;
};

struct which_child_request {
    using reply = answer<child_info>;
    std::string id;
};
/// For pictures of the tree: a supervisor may have a million children.
struct oldest_children {
    std::vector<child_info> children; // oldest first
    std::size_t more = 0;             // that are not among them
};
struct oldest_children_request {
    using reply = oldest_children;
    std::size_t at_most;
};

/// A message of a supervisor to itself: try again to restart this child, see `send_retry`.
///
/// A message, not a loop: between two attempts the supervisor answers calls, handles exits, and can
/// be stopped by its own supervisor.
struct try_again_restart {
    child_key which;        // the process of the incarnation that ended, where children have no id
    std::uint64_t wait = 0; // 0: an attempt that counts; else a delayed one, granted before
};

} // namespace coppice::detail
