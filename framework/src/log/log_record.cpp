// SPDX-License-Identifier: BSL-1.0
#include "process/guarded.hpp"
#include <coppice/log_record.hpp>
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

void describe(const reports_lost& r, description& d) {
    d.say(fmt::format("the log could not be written: {} reports were lost: {}", r.count, r.why));
    d.fact_of("count", static_cast<std::int64_t>(r.count));
    d.fact_of("why", r.why);
}

std::string_view event::kind() const noexcept {
    std::string_view name = type_->name;
    if (const std::size_t colons = name.rfind("::"); colons != std::string_view::npos)
        name.remove_prefix(colons + 2);
    return name;
}

description event::describe() const {
    description d;
    const detail::ending end = detail::guarded([&] { type_->describe(value_.get(), d); });
    if (end.kind != detail::ending::how::returned)
        d.say(fmt::format("a {} that cannot describe itself: {}", kind(), end.reason.text()));
    return d;
}

} // namespace log
} // namespace coppice
