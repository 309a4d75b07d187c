// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/pid.hpp>
#include <vector>

/// The names of processes. A name belongs to at most one process, and a process has at most one.
/// When a process exits, its name is free before any link or monitor is told.
///
/// Servers are best known by a typed name: see server_name.hpp.
///
/// Context of all: any thread; none suspends.
/// Source: OTP, register/2, unregister/1, whereis/1, registered/0.
namespace coppice {

/// Registers a process under a name.
///
/// Errors: `bad_name` (empty), `name_taken`, `already_named`, `noproc`; nothing is changed then.
result<void> register_name(std::string_view name, pid process);
/// Removes a name from the process registered under it. Errors: `not_found`.
result<void> unregister_name(std::string_view name);
/// The process registered under the name, or a null pid.
pid whereis(std::string_view name) noexcept;
/// All names in use, sorted.
std::vector<std::string> registered_names();
/// The name of a process; empty if it has none.
std::string registered_name(pid process);

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
result<void> register_name(std::string_view name, pid process, const name_binding* binding);
} // namespace detail

} // namespace coppice
