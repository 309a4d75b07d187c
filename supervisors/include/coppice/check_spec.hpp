// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/child_spec.hpp>
#include <coppice/supervisor_flags.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

/// Checks of flags and child specs, each error named after its field.
///
/// A supervisor applies them to all it is given; a program that builds a tree from a file or from a
/// request applies them to words. The reason of each failure is OTP's own:
/// `missing_id`, `missing_start`, `{invalid_restart_type, X}`, `{invalid_shutdown, X}`,
/// `{invalid_child_type, X}`, `{invalid_significant, X}`, `{bad_combination, [auto_shutdown,
/// significant]}`, `{duplicate_child_name, Id}`, `{invalid_strategy, X}`, `{invalid_intensity, X}`,
/// `{invalid_period, X}`, `{invalid_auto_shutdown, X}`, and `{bad_start_spec, N}` for a
/// `simple_one_for_one` supervisor that has not exactly one template.
namespace coppice {

/// A value as a file or a message has it, not yet known to mean anything.
using spec_value = std::variant<bool, std::int64_t, std::string>;

/// A child spec in words. What is left out has OTP's default.
///
/// Units: `shutdown` as a number is in milliseconds.
struct unchecked_child_spec {
    std::optional<std::string> id = {};
    start_function start = {};
    std::optional<spec_value> restart = {};
    std::optional<spec_value> shutdown = {};
    std::optional<spec_value> type = {};
    std::optional<spec_value> significant = {};
};

/// Supervisor flags in words. What is left out has OTP's default.
///
/// Units: `period` is in seconds, as in OTP.
struct unchecked_supervisor_flags {
    std::optional<spec_value> strategy = {};
    std::optional<spec_value> intensity = {};
    std::optional<spec_value> period = {};
    std::optional<spec_value> auto_shutdown = {};
};

/// What a supervisor is made of: its flags and its first children.
struct supervisor_spec {
    supervisor_flags flags = {};
    std::vector<child_spec> children = {};
};

/// The words' meaning. Errors: `errc::bad_spec`; the first wrong field is named, in OTP's order.
result<child_spec> check_child_spec(const unchecked_child_spec& words, auto_shutdown when);
/// The same spec with its default `shutdown` filled in. Errors: `errc::bad_spec`.
result<child_spec> check_child_spec(child_spec spec, auto_shutdown when);

/// Errors: `errc::bad_spec`.
result<supervisor_flags> check_supervisor_flags(const unchecked_supervisor_flags& words);
/// Errors: `errc::bad_spec`.
result<supervisor_flags> check_supervisor_flags(const supervisor_flags& flags);

/// OTP's `supervisor:check_childspecs`: each spec, and no id twice. Errors: `errc::bad_spec`.
result<std::vector<child_spec>> check_child_specs(std::span<const unchecked_child_spec> words,
                                                  auto_shutdown when = auto_shutdown::never);
/// Errors: `errc::bad_spec`.
result<std::vector<child_spec>> check_child_specs(std::vector<child_spec> specs,
                                                  auto_shutdown when = auto_shutdown::never);

/// All that a supervisor checks before it starts its first child.
///
/// Errors: `errc::bad_spec`; the reason is `{supervisor_data, X}` for the flags, `{start_spec, X}`
/// for a child, `{bad_start_spec, N}` for the number of templates.
result<supervisor_spec> check_supervisor(const unchecked_supervisor_flags& flags,
                                         std::span<const unchecked_child_spec> children);
/// Errors: as above.
result<supervisor_spec> check_supervisor(supervisor_spec spec);

} // namespace coppice
