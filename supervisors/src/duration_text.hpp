// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <chrono>
#include <optional>
#include <string_view>

namespace coppice::detail {

/// `1h30m`, `2.5s`, `250ms`: numbers, each with its unit; `ns`, `us`, `ms`, `s`, `m`, `h`, `d`.
/// Nothing when it is something else, longer than 292 years, or has a part of a nanosecond.
///
/// Source: Go, time.ParseDuration; `d` is systemd's.
std::optional<std::chrono::nanoseconds> duration_of(std::string_view text);

} // namespace coppice::detail
