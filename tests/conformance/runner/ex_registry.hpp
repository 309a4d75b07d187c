// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "ex.hpp"
#include <coppice/message.hpp>
#include <coppice/registry.hpp>

// The registries of kind ex: keys are JSON texts, and any process may be registered.
namespace conformance {

using unique_keys = coppice::registry<std::string, coppice::pid, json::value>;
using duplicate_keys = coppice::duplicate_registry<std::string, coppice::pid, json::value>;

const ex_operations& registry_operations();

/// The key of a step's [REG,KEY]. Keys are compared strictly: 1 and "1" differ.
std::string registry_key(const json::value& key);
/// To start a process under a key: `(*unique_registry("reg"))(registry_key(k))` is the name. Null:
/// there is none of that name, or one with many processes a key.
unique_keys* unique_registry(const std::string& name);

/// The registry whose process that is; its owner is no process of the scenario.
std::optional<std::string> registry_of_owner(coppice::pid process);
/// The registries in which a process has entries: in Elixir it is linked to them.
std::vector<std::string> registries_of(coppice::pid process);
/// What a listener was told, in Elixir's words; nothing if the message is another.
std::optional<json::value> registry_notice(coppice::message& m);

} // namespace conformance
