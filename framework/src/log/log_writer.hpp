// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/log_record.hpp>

// The thread that writes the log. What it meets on its way, a file that is gone, a full disk, a
// pipe that nothing reads, costs lines, which are counted, and never the program.
namespace coppice::detail::log_writer {

/// Opens what the settings name; lines that come from now on go there.
/// Errors: throws std::system_error that names the file, or boost's when there can be no thread;
/// then what was open before stays in use. Context: one call at a time.
void open(const log::settings& s);
/// Waits until what was open before has written its lines, and closes it. A thread that does not
/// come back from a write within the time is left behind, and its lines count as lost.
void close_previous(time_limit::clock::duration patience);
/// Hands a record to the writing thread, which puts it into words. False: too many wait, or nothing
/// is open, and it was dropped. Errors: throws std::bad_alloc.
bool write(const log::record& r, std::size_t most_waiting);
/// Waits until nothing waits. Gives up sooner when it gave up before and nothing was written since.
bool flush(time_limit::clock::duration patience);
std::uint64_t written() noexcept;
/// How many reached the thread and could not be written.
std::uint64_t lost() noexcept;

} // namespace coppice::detail::log_writer
