// SPDX-License-Identifier: BSL-1.0
#include "commands.hpp"
#include "handlers.hpp"
#include "intake.hpp"
#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <coppice/to_text.hpp>
#include <sstream>

namespace alarms {

using namespace coppice;

namespace {

constexpr const char* ok = "OK\n";

std::string error(const std::string& what) { return "ERROR " + what + '\n'; }

/// The files are JSON, which is UTF-8.
bool is_utf8(const std::string& text) {
    boost::system::error_code ec;
    boost::json::parse(boost::json::serialize(boost::json::string{text}), ec);
    return !ec;
}

std::string set(std::istream& words) {
    std::string id, how_bad, text;
    words >> id >> how_bad >> std::ws;
    std::getline(words, text);
    const auto* const name = std::ranges::find(severity_names, how_bad);
    if (id.empty() || name == std::end(severity_names))
        return error("SET id warning|minor|major|critical text");
    if (!is_utf8(id) || !is_utf8(text))
        return error("this is no UTF-8");
    the_intake.cast(raised{id, static_cast<severity>(name - severity_names), text});
    return ok;
}

std::string clear(std::istream& words) {
    std::string id;
    words >> id;
    if (id.empty())
        return error("CLEAR id");
    if (!is_utf8(id))
        return error("this is no UTF-8");
    the_intake.cast(cleared{id});
    return ok;
}

std::string list(std::istream&) {
    const auto on = alarm_events::try_call<table>(the_events, active{});
    if (!on)
        return error(on.error().detail);
    std::string text;
    for (const raised& a : *on)
        text += a.id + ' ' + severity_names[static_cast<int>(a.severity)] + ' ' + a.text + '\n';
    return text + ok;
}

std::string count(std::istream&) {
    const auto all = alarm_events::try_call<counter>(the_events, counts{});
    if (!all)
        return error(all.error().detail);
    std::string text;
    for (std::size_t i = 0; i < all->size(); ++i)
        text += std::string{severity_names[i]} + ' ' + std::to_string((*all)[i]) + '\n';
    return text + ok;
}

std::string handlers(std::istream&) {
    std::string text;
    for (const handler_info& h : alarm_events::which_handlers(the_events))
        text += h.type + '\n';
    return text + ok;
}

std::string tree(std::istream&) { return to_text(the_root) + ok; }

struct command {
    std::string_view name;
    std::string (*run)(std::istream& words);
};
constexpr command commands[] = {{"SET", set},     {"CLEAR", clear},       {"LIST", list},
                                {"COUNT", count}, {"HANDLERS", handlers}, {"TREE", tree}};

} // namespace

std::string run(std::string_view line) {
    while (line.ends_with('\n') || line.ends_with('\r'))
        line.remove_suffix(1);
    std::istringstream words{std::string{line}};
    std::string name;
    words >> name;
    for (const command& c : commands)
        if (c.name == name)
            return c.run(words);
    return error("unknown command '" + name + "'");
}

} // namespace alarms
