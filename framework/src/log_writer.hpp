// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/log_record.hpp>

namespace coppice::detail::log_writer {

/// Opens what the settings name. Errors: throws std::system_error that names the file.
void open(const log::settings& s);
/// Hands a record to the writing thread, which puts it into words. False: too many wait, and it was
/// dropped.
bool write(const log::record& r, std::size_t most_waiting);
/// Waits until nothing waits.
bool flush(time_limit::clock::duration patience);
std::uint64_t written() noexcept;

} // namespace coppice::detail::log_writer
