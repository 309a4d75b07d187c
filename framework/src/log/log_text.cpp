// SPDX-License-Identifier: BSL-1.0
#include <boost/json.hpp>
#include <boost/locale/utf.hpp>
#include <coppice/log_record.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

// How a record is written: as text for people and as a line of JSON. What stands in it may come
// from anywhere, so neither form lets it break out: no control characters, no bytes that are not
// UTF-8.
namespace coppice::log {
namespace {

std::string time_text(std::chrono::system_clock::time_point t) {
    using namespace std::chrono;
    const auto ms = duration_cast<milliseconds>(t.time_since_epoch()).count() % 1000;
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(system_clock::to_time_t(t)), ms);
}

/// The text with U+FFFD for what is not UTF-8.
std::string utf8(std::string_view text) {
    using utf = boost::locale::utf::utf_traits<char>;
    std::string out;
    out.reserve(text.size());
    for (const char *at = text.data(), *const end = at + text.size(); at != end;) {
        const char* const from = at;
        const auto point = utf::decode(at, end);
        if (point == boost::locale::utf::illegal || point == boost::locale::utf::incomplete) {
            out += "\uFFFD";
            at = from + 1;
        } else
            out.append(from, at);
    }
    return out;
}

/// Text of several lines goes on under its beginning; other control characters are spelled out.
void append_for_people(std::string& out, std::string_view text) {
    for (const char c : utf8(text)) {
        const auto code = static_cast<unsigned char>(c);
        if (c == '\n')
            out += "\n      ";
        else if ((code < 0x20 && c != '\t') || code == 0x7f)
            out += fmt::format("\\x{:02x}", code);
        else
            out += c;
    }
}

/// Name and pid, as they stand in reports.
std::string who_writes(const record& r) {
    if (!r.process)
        return r.name.empty() ? "-" : r.name;
    return r.name.empty() ? r.process.text() : r.name + ' ' + r.process.text();
}

std::string text_of(const description::fact& f) {
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

boost::json::value json_of(const description::fact& f) {
    switch (f.what) {
    case description::fact::kind::text:
        return boost::json::string{utf8(f.text)};
    case description::fact::kind::number:
        return f.number;
    case description::fact::kind::list:
        break;
    }
    boost::json::array list;
    for (const std::string& entry : f.list)
        list.emplace_back(utf8(entry));
    return list;
}

} // namespace

std::string record::text() const {
    const description d = what.describe();
    std::string out = fmt::format("{} {:<8} ", time_text(time), to_string(level));
    if (const std::string who = who_writes(*this); !d.sentence().starts_with(who)) {
        append_for_people(out, who);
        out += ' ';
    }
    append_for_people(out, d.sentence());
    for (const auto& f : d.facts())
        if (f.apart) {
            out += fmt::format("\n    {}: ", f.key);
            append_for_people(out, text_of(f));
        }
    return out += '\n';
}

std::string record::json() const {
    const description d = what.describe();
    boost::json::object o;
    o["time"] = time_text(time);
    o["level"] = to_string(level);
    o["pid"] = process ? process.text() : "";
    o["name"] = utf8(name);
    o["event"] = what.kind();
    o["text"] = utf8(d.sentence());
    for (const auto& f : d.facts())
        o.emplace(utf8(f.key), json_of(f)); // the fields above are stronger
    return boost::json::serialize(o) + '\n';
}

} // namespace coppice::log
