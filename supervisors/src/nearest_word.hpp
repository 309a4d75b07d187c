// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <optional>
#include <span>
#include <string_view>

namespace coppice::detail {

/// How many letters must be changed, put in, left out, or exchanged with their neighbour, to make
/// one word of the other.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The word that was probably meant: the nearest one, if at most a third of it is wrong, or two
/// letters of a short one. Of several the first.
std::optional<std::string_view> nearest_word(std::string_view wrong,
                                             std::span<const std::string_view> words);

} // namespace coppice::detail
