// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "result.hpp"
#include <coppice/message.hpp>

// What the driver does for the kinds of scenario. All run in the driver's process.
namespace conformance {

// --- sup: supervisor trees ---

/// Starts the tree, linked to the driver: it is root's parent.
json::object start_tree(const json::object& tree);
step_result supervisor_step(const json::object& tree, const json::object& step);
/// Stops the rest of the tree.
json::object stop_tree(const json::object& tree);

// --- proc, gs, sm: clients that execute operations ---

step_result client_step(const json::object& step);

/// The operations of clients of a server or a state machine, by the running client. False: there
/// is no such operation.
bool server_operation(const std::string& what, const json::object& step, step_result& result);

// --- ge: managers of event handlers ---

/// The same for the operations of event managers' clients.
bool event_operation(const std::string& what, const json::object& step, step_result& result);
/// The event for a message about a supervised handler; nothing for other messages.
std::optional<json::object> handler_exit_event(coppice::message& m);

// --- pg: process groups ---

/// The same for the operations of clients of process groups.
bool group_operation(const std::string& what, const json::object& step, step_result& result);
/// The event of a notice about a group, without `at`; nothing if the message is another.
std::optional<json::object> group_notice(coppice::message& m);

// --- ex: Registry, DynamicSupervisor, Task and Agent of Elixir ---

/// The same for the operations of Elixir's clients.
bool elixir_operation(const std::string& what, const json::object& step, step_result& result);

} // namespace conformance
