// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "process/process.hpp"
#include "scheduler/name_readers.hpp"

namespace coppice::detail::name_table {

/// The process ends: its name is free, its entries are out of their tables (key_owners.hpp), and it
/// can get no others.
void close(process& p) noexcept;
/// The process may have entries from now on. False: it has exited.
bool note_keys(pid who) noexcept;
/// The registered name; empty if there is none. Valid as long as the reader is one.
/// Async-signal-safe.
std::string_view name_of(pid who, const name_reader& here) noexcept;

} // namespace coppice::detail::name_table
