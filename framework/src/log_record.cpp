// SPDX-License-Identifier: BSL-1.0
#include <boost/json.hpp>
#include <coppice/log_record.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

namespace coppice {

std::string_view to_string(severity s) noexcept {
    constexpr std::string_view words[] = {"debug", "info",     "notice", "warning",
                                          "error", "critical", "off"};
    return words[static_cast<std::size_t>(s)];
}

namespace log {

// --- descriptions ---

void description::fact_of(std::string_view key, std::string_view value) {
    if (!value.empty())
        facts_.push_back({.key = std::string{key}, .text = std::string{value}});
}
void description::fact_of(std::string_view key, pid value) {
    if (value)
        fact_of(key, value.text());
}
void description::fact_of(std::string_view key, const exit_reason& value) {
    fact_of(key, value.text());
}
void description::fact_of(std::string_view key, std::int64_t value) {
    facts_.push_back({.key = std::string{key}, .what = fact::kind::number, .number = value});
}
void description::line_of(std::string_view key, std::string_view value) {
    if (value.empty())
        return;
    fact_of(key, value);
    facts_.back().apart = true;
}
void description::line_of(std::string_view key, std::int64_t value) {
    fact_of(key, value);
    facts_.back().apart = true;
}
void description::line_of(std::string_view key, std::vector<std::string> values) {
    if (!values.empty())
        facts_.push_back({.key = std::string{key},
                          .what = fact::kind::list,
                          .list = std::move(values),
                          .apart = true});
}

void describe(const written_line& l, description& d) { d.say(l.text); }

void describe(const reports_dropped& r, description& d) {
    d.say(fmt::format("the log fell behind: {} reports were dropped", r.count));
    d.fact_of("count", static_cast<std::int64_t>(r.count));
}

std::string_view event::kind() const noexcept {
    std::string_view name = type_->name;
    if (const std::size_t colons = name.rfind("::"); colons != std::string_view::npos)
        name.remove_prefix(colons + 2);
    return name;
}

description event::describe() const {
    description d;
    type_->describe(value_.get(), d);
    return d;
}

// --- how a record is written ---

namespace {

std::string time_text(std::chrono::system_clock::time_point t) {
    using namespace std::chrono;
    const auto ms = duration_cast<milliseconds>(t.time_since_epoch()).count() % 1000;
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(system_clock::to_time_t(t)), ms);
}

std::string one_line(const description::fact& f) {
    switch (f.what) {
    case description::fact::kind::text:
        return f.text;
    case description::fact::kind::number:
        return std::to_string(f.number);
    case description::fact::kind::list:
        return fmt::format("{}", fmt::join(f.list, ", "));
    }
    return {};
}

/// Text of several lines goes on under its beginning.
void append_indented(std::string& out, std::string_view text) {
    for (const char c : text) {
        out += c;
        if (c == '\n')
            out += "      ";
    }
}

} // namespace

std::string record::text() const {
    const description d = what.describe();
    std::string out =
        fmt::format("{} {:<8} {}{}{} ", time_text(time), to_string(level),
                    process ? process.text() : std::string{"-"}, name.empty() ? "" : " ", name);
    append_indented(out, d.sentence());
    for (const auto& f : d.facts())
        if (f.apart) {
            out += fmt::format("\n    {}: ", f.key);
            append_indented(out, one_line(f));
        }
    return out += '\n';
}

std::string record::json() const {
    const description d = what.describe();
    boost::json::object o;
    o["time"] = time_text(time);
    o["level"] = to_string(level);
    o["pid"] = process ? process.text() : "";
    o["name"] = name;
    o["event"] = what.kind();
    o["text"] = d.sentence();
    for (const auto& f : d.facts())
        switch (f.what) {
        case description::fact::kind::text:
            o[f.key] = f.text;
            break;
        case description::fact::kind::number:
            o[f.key] = f.number;
            break;
        case description::fact::kind::list:
            o[f.key] = boost::json::array(f.list.begin(), f.list.end());
            break;
        }
    return boost::json::serialize(o) + '\n';
}

} // namespace log
} // namespace coppice
