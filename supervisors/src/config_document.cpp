// SPDX-License-Identifier: BSL-1.0
#include "config_document.hpp"

#include "duration_text.hpp"
#include "nearest_word.hpp"
#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <fstream>
#include <list>
#include <map>
#include <sstream>
#include <unistd.h>

// Header-only, so that programs which use Coppice need not have it.
#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

namespace coppice::detail {

namespace {

constexpr std::string_view environment = "the environment variable ";
constexpr std::string_view a_duration = "a duration, such as \"1h30m\" or \"250ms\"";

const toml::node& node_of(const void* p) { return *static_cast<const toml::node*>(p); }

std::string place_of(const toml::source_region& at) {
    const std::string_view file = at.path ? std::string_view{*at.path} : "";
    if (file.starts_with(environment))
        return std::string{file};
    return fmt::format("{}:{}:{}", file, at.begin.line, at.begin.column);
}

/// What stands there, in words.
std::string found(const toml::node& n) {
    if (const auto* s = n.as_string())
        return fmt::format("the string \"{}\"", s->get());
    if (const auto* i = n.as_integer())
        return fmt::format("the integer {}", i->get());
    if (const auto* d = n.as_floating_point())
        return fmt::format("the number {}", d->get());
    if (const auto* b = n.as_boolean())
        return b->get() ? "true" : "false";
    if (n.is_array())
        return "a list";
    if (n.is_table())
        return "a table";
    return "a date or a time";
}

std::string join(const std::vector<std::string_view>& words) {
    std::string all;
    for (const std::string_view w : words)
        all += (all.empty() ? "`" : ", `") + std::string{w} + '`';
    return all;
}

/// The whole text as a number.
template <class N>
std::optional<N> whole_number(std::string_view text) {
    N n{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return n;
}

std::string variable_name(std::string_view prefix, std::string_view key) {
    std::string name{prefix};
    if (!name.empty())
        name += '_';
    for (const char c : key)
        name += c == '-' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return name;
}

std::string text_of_file(const std::string& file) {
    std::ifstream in{file, std::ios::binary};
    std::ostringstream text;
    // An empty file makes `<<` fail, too; a directory is opened, and cannot be read.
    if (in &&
        (in.peek() == std::ifstream::traits_type::eof() ? !in.bad() : bool(text << in.rdbuf())))
        return std::move(text).str();
    throw std::system_error{errno, std::generic_category()};
}

} // namespace

struct config_document::parts {
    std::string prefix;
    toml::table file;
    std::list<toml::table> variables;                 ///< lists and tables of the environment
    std::map<std::string, std::string> variable_path; ///< which key each variable overrides
    std::vector<std::string> errors;

    void load(const std::string& name) {
        try {
            file = toml::parse(text_of_file(name), name);
        } catch (const toml::parse_error& e) {
            errors.push_back(fmt::format("{}: {}", place_of(e.source()), e.description()));
        } catch (const std::system_error& e) {
            errors.push_back(
                fmt::format("{}: cannot be read: {}", name, std::strerror(e.code().value())));
        }
    }

    /// `path`: of the table; empty at the top.
    void unknown_key(const toml::key& key,
                     const std::string& path,
                     const std::vector<std::string_view>& known) {
        const std::string prefix_of_key = path.empty() ? "" : path + '.';
        const auto nearest = nearest_word(key.str(), known);
        std::string hint;
        if (nearest)
            hint = fmt::format("did you mean `{}{}`?", prefix_of_key, *nearest);
        else if (known.empty())
            hint = path.empty() ? "there is nothing to configure" : path + " has no keys";
        else
            hint = fmt::format("{}{}", path.empty() ? "there are " : path + " has ", join(known));
        errors.push_back(fmt::format("{}: unknown key `{}{}`: {}", place_of(key.source()),
                                     prefix_of_key, key.str(), hint));
    }

    void check_keys(const toml::table& table,
                    const std::string& path,
                    const std::vector<std::string_view>& known) {
        for (const auto& [key, value] : table)
            if (std::find(known.begin(), known.end(), key.str()) == known.end())
                unknown_key(key, path, known);
    }

    /// A piece of TOML in a variable.
    const toml::node* parse_variable(const std::string& name, std::string_view text) {
        try {
            return variables
                .emplace_back(
                    toml::parse(fmt::format("v = {}", text), std::string{environment} + name))
                .get("v");
        } catch (const toml::parse_error& e) {
            errors.push_back(fmt::format("{}{}: {}", environment, name, e.description()));
            return nullptr;
        }
    }

    void note_variable(const std::string& name, const std::string& path) {
        const auto [at, is_new] = variable_path.emplace(name, path);
        if (!is_new && at->second != path)
            errors.push_back(fmt::format("{}{} means both {} and {}: rename one of them",
                                         environment, name, at->second, path));
    }
};

config_document::config_document(const std::string& file, std::string environment_prefix)
    : parts_{std::make_unique<parts>()} {
    parts_->prefix = std::move(environment_prefix);
    if (!file.empty())
        parts_->load(file);
}

config_document::~config_document() = default;

void config_document::check_sections(const std::vector<std::string_view>& names) {
    parts_->check_keys(parts_->file, "", names);
}

config_reader config_document::section(std::string_view name) {
    return {*this, parts_->file.get(name), std::string{name}, variable_name(parts_->prefix, name)};
}

const std::vector<std::string>& config_document::errors() const { return parts_->errors; }

// --- a place ---

config_reader::config_reader(config_document& in,
                             const void* node,
                             std::string path,
                             std::string variable)
    : in_{&in}, node_{node}, path_{std::move(path)}, variable_{std::move(variable)} {}

std::optional<std::string_view> config_reader::said() const {
    if (element_)
        return *element_;
    const char* text = variable_.empty() ? nullptr : std::getenv(variable_.c_str());
    return text != nullptr ? std::optional<std::string_view>{text} : std::nullopt;
}

bool config_reader::has_value(bool is_table) const {
    if (node_ != nullptr || said())
        return true;
    if (!is_table || variable_.empty())
        return false;
    const std::string beginning = variable_ + '_';
    for (char** v = environ; *v != nullptr; ++v)
        if (std::string_view{*v}.starts_with(beginning))
            return true;
    return false;
}

void config_reader::fail(const std::string& expected) const {
    std::string place, what;
    if (const auto text = said()) {
        place = std::string{environment} + variable_;
        what = fmt::format("\"{}\"", *text);
    } else {
        place = place_of(node_of(node_).source());
        what = found(node_of(node_));
    }
    in_->parts_->errors.push_back(
        fmt::format("{}: `{}` is {}; expected {}", place, path_, what, expected));
}

void config_reader::refuse(const std::string& why) const {
    const std::string place =
        node_ != nullptr ? place_of(node_of(node_).source()) : "the configuration";
    in_->parts_->errors.push_back(fmt::format("{}: `{}` is refused: {}", place, path_, why));
}

config_reader config_reader::member(std::string_view key) const {
    const toml::table* table = node_ != nullptr ? node_of(node_).as_table() : nullptr;
    config_reader m{*in_, table != nullptr ? table->get(key) : nullptr,
                    path_ + '.' + std::string{key},
                    variable_.empty() ? "" : variable_name(variable_, key)};
    if (m.said())
        in_->parts_->note_variable(m.variable_, m.path_);
    return m;
}

bool config_reader::check_table(const words& keys) const {
    if (element_) {
        fail("a table");
        return false;
    }
    if (node_ == nullptr)
        return true;
    const toml::table* table = node_of(node_).as_table();
    if (table == nullptr) {
        fail("a table");
        return false;
    }
    in_->parts_->check_keys(*table, path_, keys);
    return true;
}

std::optional<std::vector<config_reader>> config_reader::elements() const {
    const void* node = node_;
    std::vector<config_reader> all;
    const auto add = [&](const void* n) -> config_reader& {
        return all.emplace_back(*in_, n, fmt::format("{}[{}]", path_, all.size()), "");
    };
    if (const auto text = said()) {
        if (!text->starts_with('[')) { // words with commas between
            for (std::string_view rest = *text; !text->empty();) {
                const std::size_t comma = rest.find(',');
                config_reader& e = add(nullptr);
                e.variable_ = variable_;
                e.element_ = std::string{rest.substr(0, comma)};
                if (comma == rest.npos)
                    break;
                rest.remove_prefix(comma + 1);
            }
            return all;
        }
        node = in_->parts_->parse_variable(variable_, *text);
    }
    if (node == nullptr)
        return std::nullopt;
    const toml::array* array = node_of(node).as_array();
    if (array == nullptr) {
        fail("a list");
        return std::nullopt;
    }
    for (const toml::node& n : *array)
        add(&n);
    return all;
}

// --- one value: of the environment, else of the file, else nothing ---

std::optional<bool> config_reader::boolean() const {
    std::optional<bool> v;
    if (const auto text = said()) {
        if (*text == "true" || *text == "1")
            v = true;
        else if (*text == "false" || *text == "0")
            v = false;
    } else if (node_ == nullptr)
        return std::nullopt;
    else if (const auto* b = node_of(node_).as_boolean())
        v = b->get();
    if (!v)
        fail("true or false");
    return v;
}

std::optional<std::int64_t> config_reader::integer(std::int64_t least, std::int64_t most) const {
    std::optional<std::int64_t> v;
    if (const auto text = said())
        v = whole_number<std::int64_t>(*text);
    else if (node_ == nullptr)
        return std::nullopt;
    else if (const auto* i = node_of(node_).as_integer())
        v = i->get();
    if (!v || *v < least || *v > most) {
        fail(fmt::format("an integer from {} to {}", least, most));
        return std::nullopt;
    }
    return v;
}

std::optional<std::uint64_t> config_reader::natural(std::uint64_t most) const {
    std::optional<std::uint64_t> v;
    if (const auto text = said())
        v = whole_number<std::uint64_t>(*text);
    else if (node_ == nullptr)
        return std::nullopt;
    else if (const auto* i = node_of(node_).as_integer(); i != nullptr && i->get() >= 0)
        v = static_cast<std::uint64_t>(i->get());
    if (!v || *v > most) {
        fail(fmt::format("an integer from 0 to {}", most));
        return std::nullopt;
    }
    return v;
}

std::optional<double> config_reader::number() const {
    std::optional<double> v;
    if (const auto text = said())
        v = whole_number<double>(*text);
    else if (node_ == nullptr)
        return std::nullopt;
    else
        v = node_of(node_).value<double>(); // of an integer, too
    if (!v)
        fail("a number");
    return v;
}

std::optional<std::string> config_reader::text() const {
    if (const auto t = said())
        return std::string{*t};
    if (node_ == nullptr)
        return std::nullopt;
    if (const auto* s = node_of(node_).as_string())
        return s->get();
    fail("a string");
    return std::nullopt;
}

std::optional<std::chrono::nanoseconds> config_reader::duration() const {
    std::optional<std::chrono::nanoseconds> v;
    if (const auto text = said())
        v = duration_of(*text);
    else if (node_ == nullptr)
        return std::nullopt;
    else if (const auto* s = node_of(node_).as_string())
        v = duration_of(s->get());
    if (!v)
        fail(std::string{a_duration});
    return v;
}

void config_reader::fail_duration(std::intmax_t num, std::intmax_t den) const {
    constexpr std::array<std::pair<std::intmax_t, std::string_view>, 4> whole{
        {{1, "seconds"}, {60, "minutes"}, {3600, "hours"}, {86400, "days"}}};
    constexpr std::array<std::pair<std::intmax_t, std::string_view>, 3> parts{
        {{1'000, "milliseconds"}, {1'000'000, "microseconds"}, {1'000'000'000, "nanoseconds"}}};
    std::string unit = fmt::format("multiples of {}/{} s", num, den);
    for (const auto& [n, name] : whole)
        if (den == 1 && num == n)
            unit = name;
    for (const auto& [n, name] : parts)
        if (num == 1 && den == n)
            unit = name;
    fail(fmt::format("a duration of whole {}, not too long for its type", unit));
}

std::optional<time_span> config_reader::span() const {
    const auto text = said();
    const auto* s = node_ != nullptr ? node_of(node_).as_string() : nullptr;
    if (text ? *text == "infinity" : s != nullptr && s->get() == "infinity")
        return time_span{infinity};
    if (const auto d = duration())
        return time_span{*d};
    return std::nullopt;
}

std::optional<std::size_t> config_reader::word(const words& all) const {
    std::optional<std::string> w;
    if (const auto text = said())
        w = *text;
    else if (node_ == nullptr)
        return std::nullopt;
    else
        w = node_of(node_).value<std::string>();
    const auto at = w ? std::find(all.begin(), all.end(), *w) : all.end();
    if (at != all.end())
        return static_cast<std::size_t>(at - all.begin());
    fail("one of " + join(all));
    return std::nullopt;
}

} // namespace coppice::detail
