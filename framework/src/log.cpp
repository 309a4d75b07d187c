// SPDX-License-Identifier: BSL-1.0
#include "guarded.hpp"
#include "log_writer.hpp"
#include "virtual_clock.hpp"
#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <coppice/log_record.hpp>
#include <coppice/names.hpp>
#include <coppice/this_process.hpp>
#include <cstdlib>
#include <deque>
#include <fmt/args.h>
#include <fmt/format.h>
#include <mutex>

namespace coppice {
namespace detail {

constinit std::atomic<severity> log_gate{severity::debug};

namespace {

struct subscriber {
    std::uint64_t id;
    severity least;
    std::shared_ptr<const std::function<void(const log::record&)>> call;
};

struct log_state {
    std::recursive_mutex lock; // a subscriber may report
    log::settings settings;
    bool ready = false;  // the settings are known
    bool opened = false; // the writer runs
    std::deque<log::record> kept;
    std::uint64_t next_number = 1;
    std::vector<subscriber> subscribers;
    std::uint64_t next_subscriber = 1;
    boost::unordered_flat_map<pid, severity, std::hash<pid>> levels;
    std::uint64_t dropped = 0, dropped_and_told = 0;
    bool telling = false; // inside a subscriber

    severity least() const {
        severity s = std::min(settings.level, settings.keep);
        for (const auto& x : subscribers)
            s = std::min(s, x.least);
        for (const auto& [who, level] : levels)
            s = std::min(s, level);
        return s;
    }
    void set_gate() { log_gate.store(least(), std::memory_order_relaxed); }
};

log_state& the_log() {
    static auto* l = new log_state; // reports may come until the very end
    return *l;
}

/// COPPICE_LOG: words with commas between, stronger than the program.
log::settings with_environment(log::settings s) {
    const char* given = std::getenv("COPPICE_LOG");
    std::string_view rest = given ? given : "";
    while (!rest.empty()) {
        const std::size_t comma = std::min(rest.find(','), rest.size());
        const std::string_view word = rest.substr(0, comma);
        rest.remove_prefix(std::min(comma + 1, rest.size()));
        bool known = word.empty();
        for (int i = 0; i <= static_cast<int>(severity::off); ++i)
            if (word == to_string(static_cast<severity>(i))) {
                s.level = static_cast<severity>(i);
                known = true;
            }
        if (word == "text" || word == "json") {
            s.format = word == "json" ? log::format::json : log::format::text;
            known = true;
        }
        if (word.starts_with("file=")) {
            s.file = word.substr(5);
            known = true;
        }
        if (!known)
            fmt::print(
                stderr,
                "coppice: COPPICE_LOG has the unknown word '{}'; it may hold a level (debug, "
                "info, notice, warning, error, critical, off), text or json, file=PATH\n",
                word);
    }
    return s;
}

log_state& ready_log() {
    log_state& l = the_log();
    const std::lock_guard hold{l.lock};
    if (!std::exchange(l.ready, true)) {
        l.settings = with_environment({});
        l.set_gate();
    }
    return l;
}

std::chrono::system_clock::time_point time_now() {
    const virtual_clock* v = the_virtual_clock.load(std::memory_order_acquire);
    if (!v)
        return std::chrono::system_clock::now();
    return std::chrono::system_clock::time_point{
        std::chrono::duration_cast<std::chrono::system_clock::duration>(
            v->now().time_since_epoch())};
}

/// Its thread starts with the first line: a program that logs nothing has no such thread, and may
/// fork.
void write_record(log_state& l, const log::record& r) {
    if (!std::exchange(l.opened, true))
        log_writer::open(l.settings);
    if (l.dropped > l.dropped_and_told) {
        const log::record told{
            .number = l.next_number++,
            .time = time_now(),
            .level = severity::warning,
            .process = {},
            .name = {},
            .what =
                log::event{std::in_place, log::reports_dropped{l.dropped - l.dropped_and_told}}};
        if (log_writer::write(told, l.settings.queue))
            l.dropped_and_told = l.dropped;
    }
    if (!log_writer::write(r, l.settings.queue))
        ++l.dropped;
}

} // namespace

void deliver_report(severity s, pid about, log::event e) {
    log_state& l = ready_log();
    const std::lock_guard hold{l.lock};
    const pid me = this_process::self();
    const auto own = l.levels.find(about ? about : me);
    const severity least = own == l.levels.end() ? l.settings.level : own->second;
    log::record r{.number = l.next_number++,
                  .time = time_now(),
                  .level = s,
                  .process = me ? me : about,
                  .name = registered_name(me ? me : about),
                  .what = std::move(e)};
    if (s >= least && least != severity::off)
        write_record(l, r);
    if (!l.telling) {
        l.telling = true;
        const auto all = l.subscribers; // one may go while we tell
        for (const subscriber& x : all)
            if (s >= x.least)
                guarded([&] { (*x.call)(r); }); // it must not throw; if it does, it harms itself
        l.telling = false;
    }
    if (s >= l.settings.keep && l.settings.kept > 0) {
        l.kept.push_back(std::move(r));
        if (l.kept.size() > l.settings.kept)
            l.kept.pop_front();
    }
}

std::uint64_t add_subscriber(severity least, std::function<void(const log::record&)> f) {
    log_state& l = ready_log();
    const std::lock_guard hold{l.lock};
    const std::uint64_t id = l.next_subscriber++;
    l.subscribers.push_back(
        {id, least, std::make_shared<const std::function<void(const log::record&)>>(std::move(f))});
    l.set_gate();
    return id;
}

void remove_subscriber(std::uint64_t id) noexcept {
    log_state& l = the_log();
    const std::lock_guard hold{l.lock};
    std::erase_if(l.subscribers, [&](const subscriber& s) { return s.id == id; });
    l.set_gate();
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
    log_state& l = ready_log();
    const settings chosen = with_environment(s);
    flush();
    log_writer::open(chosen);
    const std::lock_guard hold{l.lock};
    l.opened = true;
    l.settings = chosen;
    l.set_gate();
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
    log_state& l = the_log();
    const std::lock_guard hold{l.lock};
    return {.written = log_writer::written(), .dropped = l.dropped};
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
