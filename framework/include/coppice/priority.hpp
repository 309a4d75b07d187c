// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstdint>
#include <string_view>

namespace coppice {

/// Which threads run a process: those of low priority give way to all others.
///
/// Source: OTP, process_flag(priority, Level), of which `high` and `max` are left out.
enum class priority : std::uint8_t { normal, low };

/// `normal` or `low`.
std::string_view to_string(priority) noexcept;

} // namespace coppice
