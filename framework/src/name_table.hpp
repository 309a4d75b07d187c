// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "process.hpp"

namespace coppice::detail::name_table {

/// The process ends: its name is free, and it can get no other.
void close(process& p) noexcept;

} // namespace coppice::detail::name_table
