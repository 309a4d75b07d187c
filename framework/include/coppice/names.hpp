// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/pid.hpp>
#include <vector>

/// Names of processes. A name belongs to at most one process, and a process has at most one name.
/// It is free again before anybody can learn that its process has ended.
namespace coppice {

/// Gives `who` the name.
///
/// Errors: `bad_name` (empty), `name_taken`, `already_named`, `noproc`; nothing is changed then.
result<void> register_name(std::string_view name, pid who);
/// Takes the name away from whoever has it. Errors: `not_found`.
result<void> unregister_name(std::string_view name);
/// Who bears the name now; nobody if nobody does.
pid whereis(std::string_view name) noexcept;
/// All names in use, sorted.
std::vector<std::string> registered_names();
/// The name of a process; empty if it has none.
std::string registered_name(pid who);

namespace detail {
/// What a typed name carries besides the process: which class, and its table of makers.
struct name_binding {
    const type_identity* key = nullptr;
    const void* makers = nullptr;
};
struct located_name {
    pid process;
    const name_binding* binding = nullptr; // null for an untyped name
};
located_name lookup_name(std::string_view name) noexcept;
result<void> register_name(std::string_view name, pid who, const name_binding* binding);
} // namespace detail

} // namespace coppice
