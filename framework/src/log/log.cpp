// SPDX-License-Identifier: BSL-1.0
#include "log/log_file.hpp"
#include "log/log_state.hpp"
#include "log/log_writer.hpp"
#include "log/report_events.hpp"
#include "support/virtual_clock.hpp"
#include <algorithm>
#include <cstdlib>
#include <fmt/args.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <system_error>

namespace coppice {
namespace detail {

constinit std::atomic<severity> log_gate{severity::debug};

namespace {

using namespace std::chrono_literals;

constexpr auto patience_with_last_writer = 2s;

// --- settings ---

struct chosen_settings {
    log::settings settings;
    bool file_from_environment = false;
};

/// One line for a value, however often it is read. Under the lock.
void complain_about_environment(log_state& l, std::string_view value, std::string_view what) {
    if (std::exchange(l.complained_about, std::string{value}) != value)
        complain(fmt::format("coppice: COPPICE_LOG {}", what));
}

std::string_view environment() {
    const char* given = std::getenv("COPPICE_LOG");
    return given ? given : "";
}

/// COPPICE_LOG: words with commas between, stronger than the program. Under the lock.
chosen_settings with_environment(log_state& l, log::settings s) {
    chosen_settings chosen{std::move(s)};
    std::vector<std::string_view> unknown;
    const std::string_view value = environment();
    for (std::string_view rest = value; !rest.empty();) {
        const std::size_t comma = std::min(rest.find(','), rest.size());
        const std::string_view word = rest.substr(0, comma);
        rest.remove_prefix(std::min(comma + 1, rest.size()));
        bool known = word.empty();
        for (int i = 0; i <= static_cast<int>(severity::off); ++i)
            if (word == to_string(static_cast<severity>(i))) {
                chosen.settings.level = static_cast<severity>(i);
                known = true;
            }
        if (word == "text" || word == "json") {
            chosen.settings.format = word == "json" ? log::format::json : log::format::text;
            known = true;
        }
        if (word.starts_with("file=")) {
            chosen.settings.file = word.substr(5);
            chosen.file_from_environment = !chosen.settings.file.empty();
            known = true;
        }
        if (!known)
            unknown.push_back(word);
    }
    if (!unknown.empty())
        complain_about_environment(
            l, value,
            fmt::format("has the unknown word '{}'; it may hold a level (debug, info, notice, "
                        "warning, error, critical, off), text or json, file=PATH",
                        fmt::join(unknown, "', '")));
    return chosen;
}

/// The file that COPPICE_LOG names is no reason to stop: the log then goes where the program wants
/// it. Under the lock. Errors: as log_writer::open, for the program's own file.
void open_writer(log_state& l, chosen_settings& chosen, const std::string& own_file) {
    if (chosen.file_from_environment) {
        try {
            return log_writer::open(chosen.settings);
        } catch (const std::system_error& e) {
            complain_about_environment(
                l, environment(),
                fmt::format("names a file that cannot be opened: {}: {}; the log goes to {}",
                            chosen.settings.file, e.code().message(),
                            own_file.empty() ? "standard error" : own_file));
            chosen.settings.file = own_file;
        }
    }
    log_writer::open(chosen.settings);
}

// --- writing, under the lock ---

/// The writer's thread starts with the first line: a program that logs nothing has no such thread,
/// and may fork. Where there can be no thread, the line is lost, and the next one tries again.
bool is_open(log_state& l) {
    if (l.opened)
        return true;
    try {
        chosen_settings chosen{l.settings, !l.settings.file.empty()};
        open_writer(l, chosen, {});
        l.settings.file = chosen.settings.file;
        l.opened = true;
    } catch (const std::exception& e) {
        if (l.dropped.load(std::memory_order_relaxed) == 0)
            complain(
                fmt::format("coppice: the log cannot begin: {}; its lines are lost and counted "
                            "until it can",
                            e.what()));
    }
    return l.opened;
}

} // namespace

log_state& the_log() {
    static auto* l = new log_state; // reports may come until the very end
    return *l;
}

void make_ready(log_state& l) {
    if (std::exchange(l.ready, true))
        return;
    l.settings = with_environment(l, {}).settings;
    l.set_gate();
}

log_state& ready_log() {
    log_state& l = the_log();
    const std::lock_guard hold{l.lock};
    make_ready(l);
    return l;
}

std::chrono::system_clock::time_point time_of_report() {
    const virtual_clock* v = the_virtual_clock.load(std::memory_order_acquire);
    if (!v)
        return std::chrono::system_clock::now();
    return std::chrono::system_clock::time_point{
        std::chrono::duration_cast<std::chrono::system_clock::duration>(
            v->now().time_since_epoch())};
}

void write_record(log_state& l, const log::record& r) {
    if (!is_open(l)) {
        l.dropped.fetch_add(1, std::memory_order_relaxed);
        return;
    }
    const std::uint64_t dropped = l.dropped.load(std::memory_order_relaxed);
    if (dropped > l.dropped_and_told) {
        const log::record told{
            .number = l.next_number++,
            .time = time_of_report(),
            .level = severity::warning,
            .process = {},
            .name = {},
            .what = log::event{std::in_place, log::reports_dropped{dropped - l.dropped_and_told}}};
        if (log_writer::write(told, l.settings.queue))
            l.dropped_and_told = dropped;
    }
    if (!log_writer::write(r, l.settings.queue))
        l.dropped.fetch_add(1, std::memory_order_relaxed);
}

void count_failed_report() noexcept {
    the_log().dropped.fetch_add(1, std::memory_order_relaxed);
    if (the_log().failed.fetch_add(1, std::memory_order_relaxed) == 0)
        complain("coppice: out of memory: a report is lost, and so may be others");
}

void write_line(severity s, std::string text) {
    log::report(s, log::written_line{std::move(text)});
}

void write_line(severity s, std::string_view format, const log_argument* arguments, std::size_t n) {
    fmt::dynamic_format_arg_store<fmt::format_context> store;
    for (std::size_t i = 0; i < n; ++i)
        switch (arguments[i].what) {
        case log_argument::kind::text:
            store.push_back(fmt::string_view{arguments[i].text.data(), arguments[i].text.size()});
            break;
        case log_argument::kind::integer:
            store.push_back(arguments[i].integer);
            break;
        case log_argument::kind::natural:
            store.push_back(arguments[i].natural);
            break;
        case log_argument::kind::real:
            store.push_back(arguments[i].real);
            break;
        case log_argument::kind::boolean:
            store.push_back(arguments[i].natural != 0);
            break;
        case log_argument::kind::character:
            store.push_back(arguments[i].character);
            break;
        }
    write_line(s, fmt::vformat(fmt::string_view{format.data(), format.size()}, store));
}

std::string duration_text(std::chrono::nanoseconds d) {
    const auto n = static_cast<double>(d.count());
    if (n < 1e3)
        return fmt::format("{} ns", d.count());
    if (n < 1e6)
        return fmt::format("{:.3g} us", n / 1e3);
    if (n < 1e9)
        return fmt::format("{:.3g} ms", n / 1e6);
    return fmt::format("{:.4g} s", n / 1e9);
}

} // namespace detail

namespace log {

using namespace detail;

void configure(const settings& s) {
    log_state& l = the_log();
    {
        const std::lock_guard hold{l.lock};
        chosen_settings chosen = with_environment(l, s);
        open_writer(l, chosen, s.file);
        l.ready = l.opened = true;
        l.settings = chosen.settings;
        l.set_gate();
    }
    log_writer::close_previous(patience_with_last_writer);
}

settings configuration() {
    log_state& l = ready_log();
    const std::lock_guard hold{l.lock};
    return l.settings;
}

void set_level(severity least) {
    log_state& l = ready_log();
    const std::lock_guard hold{l.lock};
    l.settings.level = least;
    l.set_gate();
}

severity level() noexcept {
    log_state& l = ready_log();
    const std::lock_guard hold{l.lock};
    return l.settings.level;
}

void set_level(pid process, severity least) {
    log_state& l = ready_log();
    const std::lock_guard hold{l.lock};
    boost::unordered::erase_if(l.levels, [](const auto& x) { return !x.first.alive(); });
    l.levels[process] = least;
    l.set_gate();
}

void reset_level(pid process) {
    log_state& l = ready_log();
    const std::lock_guard hold{l.lock};
    l.levels.erase(process);
    l.set_gate();
}

bool flush(time_span patience) { return log_writer::flush(patience); }

counters count() noexcept {
    const log_state& l = the_log();
    return {.written = log_writer::written(),
            .dropped = l.dropped.load(std::memory_order_relaxed),
            .lost = log_writer::lost(),
            .undelivered = l.undelivered.load(std::memory_order_relaxed)};
}

std::vector<record> recent(std::size_t n) {
    log_state& l = ready_log();
    const std::lock_guard hold{l.lock};
    const std::size_t from = l.kept.size() - std::min(n, l.kept.size());
    return {l.kept.begin() + static_cast<std::ptrdiff_t>(from), l.kept.end()};
}

void forget_recent() {
    log_state& l = ready_log();
    const std::lock_guard hold{l.lock};
    l.kept.clear();
}

} // namespace log
} // namespace coppice
