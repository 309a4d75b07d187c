// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <atomic>
#include <concepts>
#include <coppice/detail/log_argument.hpp>
#include <coppice/pid.hpp>
#include <coppice/severity.hpp>
#include <string>

namespace coppice {

namespace detail {
/// The lowest severity that is written, remembered or subscribed to. Starts at the bottom, so that
/// the first report reads the settings.
extern constinit std::atomic<severity> log_gate;
void write_line(severity s, std::string text);
void write_line(severity s, std::string_view format, const log_argument* arguments, std::size_t n);
} // namespace detail

/// Lines for people, and what becomes of all reports.
///
/// Each line carries the pid and the registered name of the process that wrote it. Writing never
/// waits for a disk or a terminal: a thread of its own does that. When it falls behind, lines are
/// dropped, and their number is told.
///
/// What the runtime and the supervisors have to say are values, not text: see `report.hpp`.
///
/// Context: any thread, any process, never suspends. A line below the level costs one load.
namespace log {

/// True when a report of this severity would be used. Ask before gathering facts that cost
/// something.
inline bool wants(severity s) noexcept {
    return s >= detail::log_gate.load(std::memory_order_relaxed);
}

// --- lines ---

/// A line as it stands.
inline void line(severity s, std::string_view text) {
    if (wants(s))
        detail::write_line(s, std::string{text});
}

/// A line with `{}` for each argument, as in `std::format`; the number of them is checked when it
/// is compiled. Arguments: numbers, text, pids, exit reasons, exceptions, durations, and whatever
/// has a member `text()` or a function `to_string`.
template <class A, class... As>
void line(severity s, detail::line_format<1 + sizeof...(As)> f, const A& a, const As&... as) {
    if (wants(s)) {
        const detail::log_argument all[]{detail::log_argument{a}, detail::log_argument{as}...};
        detail::write_line(s, f.text, all, 1 + sizeof...(As));
    }
}

// The same with the severity in the name, with and without arguments.
inline void debug(std::string_view text) { line(severity::debug, text); }
inline void info(std::string_view text) { line(severity::info, text); }
inline void notice(std::string_view text) { line(severity::notice, text); }
inline void warning(std::string_view text) { line(severity::warning, text); }
inline void error(std::string_view text) { line(severity::error, text); }
inline void critical(std::string_view text) { line(severity::critical, text); }

template <class... As>
using format_for = detail::line_format<sizeof...(As)>;

template <class A, class... As>
void debug(format_for<A, As...> f, const A& a, const As&... as) {
    line(severity::debug, f, a, as...);
}
template <class A, class... As>
void info(format_for<A, As...> f, const A& a, const As&... as) {
    line(severity::info, f, a, as...);
}
template <class A, class... As>
void notice(format_for<A, As...> f, const A& a, const As&... as) {
    line(severity::notice, f, a, as...);
}
template <class A, class... As>
void warning(format_for<A, As...> f, const A& a, const As&... as) {
    line(severity::warning, f, a, as...);
}
template <class A, class... As>
void error(format_for<A, As...> f, const A& a, const As&... as) {
    line(severity::error, f, a, as...);
}
template <class A, class... As>
void critical(format_for<A, As...> f, const A& a, const As&... as) {
    line(severity::critical, f, a, as...);
}

// --- what becomes of them ---

enum class format : std::uint8_t {
    text, ///< a line for people; what does not fit on it follows, indented
    json, ///< an object a line: time, level, pid, name, event, text and the event's own fields
};

/// Where reports go. `info` and `debug` are hidden unless asked for, as in OTP.
///
/// The environment variable COPPICE_LOG is stronger than the program. It holds words with commas
/// between: a level, `text` or `json`, `file=PATH`. So `COPPICE_LOG=debug,json` or
/// `COPPICE_LOG=off`. A word that it does not know, or a file that cannot be opened, is one line on
/// standard error, and the program's setting counts.
///
/// What befalls the file costs lines, never the program: a file that vanished is made anew; on a
/// full disk lines are lost, and their number stands in the first line that can be written again; a
/// full file that cannot be moved aside stays in use. `counters` has the numbers.
struct settings {
    severity level = severity::notice; ///< the least that is written
    log::format format = log::format::text;
    std::string file = {};            ///< empty: standard error
    std::size_t rotate_at = 64 << 20; ///< bytes; a full file is moved aside: FILE.1 is the newest
    std::size_t old_files = 4;        ///< how many of those are kept
    std::size_t queue = 8192;         ///< how many may wait to be written before more are dropped
    severity keep = severity::notice; ///< the least that `recent` remembers
    std::size_t kept = 256;           ///< how many `recent` remembers
};

/// Puts the settings into force.
///
/// What was reported before goes where it would have gone, at most for two seconds.
///
/// Errors: throws std::system_error that names the file when it cannot be opened; then the settings
/// before stay in force.
/// Context: any thread, also while others report; blocks the thread.
void configure(const settings& s);
/// The settings in force, with what the environment says.
settings configuration();

/// The least that is written, for all processes that have no level of their own.
void set_level(severity least);
severity level() noexcept;
/// A level for what one process writes and what is reported about it, whatever the others have.
/// It ends with the process.
void set_level(pid process, severity least);
/// The others' level again.
void reset_level(pid process);

/// Waits until all that was reported before is written, or the timeout has passed. False: there is
/// more.
///
/// The runtime does so when it stops, and so does the end of the program. A writer that hangs, in a
/// pipe that nothing reads, is waited for once and then left behind: it ends with the program.
/// Context: blocks the thread; not for processes.
bool flush(time_span timeout = std::chrono::seconds{2});

/// What became of the reports.
struct counters {
    std::uint64_t written = 0;
    std::uint64_t dropped = 0; ///< because the writer fell behind, or memory ran out
    std::uint64_t lost = 0;    ///< because they could not be written: a full disk, a closed pipe
    std::uint64_t undelivered = 0; ///< to processes that subscribed and had no room for them
};
counters count() noexcept;

} // namespace log
} // namespace coppice
