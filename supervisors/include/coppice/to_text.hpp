// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/child_info.hpp>
#include <coppice/supervisor_ref.hpp>
#include <functional>

namespace coppice {

/// How a supervision tree is drawn. The defaults suit a console.
struct tree_text_options {
    std::size_t max_children = 20; ///< shown of each supervisor, the oldest; the rest is counted
    std::size_t max_lines = 1000;  ///< of the whole text
    /// For the whole text. A supervisor that gives no answer in half of what is left is busy.
    time_limit timeout = std::chrono::seconds{5};
    /// What stands behind the pid, or the status, of a process; `describe_child` if empty. The root
    /// has no `started_at` and no restarts: only its own supervisor knows them.
    std::function<std::string(const child_info&)> describe = {};
};

/// Draws a supervision tree, a line for each process, the oldest child first:
///
///     key_value           <0.1>
///       stores            <2.1>       up 2.1 s
///         store/0         <3.7>       up 1.4 s  restarted 2 times
///         store/1         <4.1>       up 2.1 s  3 messages waiting
///       pubsub            restarting
///       connections       <6.1>       up 2.1 s
///         connection      <9.12>      up 0.2 s
///         and 1,204 more
///
/// It can be used at any time: what does not answer is named in the place of its children, and a
/// process that is met a second time is not followed again. It asks one supervisor after the other,
/// so it is no snapshot: a child may move while the text is made.
///
/// Shape: each line ends with a newline.
/// Errors: none; a root that does not run is a line that says so.
/// Context: any process, and any thread; suspends, until `timeout` has passed at the latest. In a
/// supervisor's own process, as in a child's start function, that supervisor cannot answer.
/// Source: Erlang's observer, as text; Elixir, `Supervisor.which_children/1` all the way down.
std::string to_text(const supervisor_ref& root, const tree_text_options& how = {});

/// `up 2.1 s  3 messages waiting  restarted 2 times`: what is true of these.
///
/// Context: as `to_text`; does not suspend.
std::string describe_child(const child_info& child);

} // namespace coppice
