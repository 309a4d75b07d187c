// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/child_spec.hpp>
#include <coppice/supervisor_flags.hpp>
#include <coppice/supervisor_ref.hpp>
#include <optional>
#include <span>

// Warns of supervisors whose restart intensities multiply: supervisor_flags.hpp says why.
namespace coppice::detail {

/// What a supervisor allows its children.
struct intensity_level {
    std::size_t intensity = 0;
    time_span period;
    bool is_chosen = false; // more than the default of its kind
    bool warns = true;

    intensity_level() = default;
    explicit intensity_level(const supervisor_flags& flags,
                             supervisor_kind kind = supervisor_kind::ordered);
};

/// True if the upper one must expect the crashes of the lower one's children many times over.
bool multiplies(const intensity_level& upper, const intensity_level& lower);

/// The level of the supervisor that this spec starts; nothing if it starts something else, or by a
/// function that cannot be looked into.
std::optional<intensity_level> level_of(const child_spec& spec);

/// Reports where the calling supervisor's intensity and those below it multiply, on all levels of
/// the specs. True if it has reported something.
bool warn_where_intensities_multiply(const intensity_level& mine,
                                     std::span<const child_spec> children);

/// True if this supervisor's own supervisor has seen its spec, and has warned of it: so a tree is
/// warned of once, and not at each restart of a branch.
bool is_checked_from_above();

} // namespace coppice::detail
