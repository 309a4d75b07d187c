// SPDX-License-Identifier: BSL-1.0
#include "command_table.hpp"
#include "keyspace.hpp"
#include <algorithm>

namespace key_value {
namespace {

/// An array of the words, each with `prefix` before it.
std::string words(std::string_view text, const std::string& prefix = "") {
    std::vector<std::string> all;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size());
        all.push_back(simple(prefix + std::string{text.substr(0, end)}));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return array(all);
}

std::string lower_name(const description& d) { return lower(std::string{d.name}); }

bool is_part_of(const description& sub, const description& whole) {
    return sub.name.starts_with(lower_name(whole) + '|');
}

/// Where the keys are, as COMMAND INFO says it since 7.0.
std::string key_specification(const description& d) {
    const key_positions k = keys_of(d);
    if (k.first == 0)
        return array({});
    const std::string index = array({bulk("index"), integer(k.first)});
    const std::string range = array({bulk("lastkey"), integer(k.last < 0 ? k.last : 0),
                                     bulk("keystep"), integer(k.step), bulk("limit"), integer(0)});
    return array(
        {array({bulk("flags"), words(d.key_flags), bulk("begin_search"),
                array({bulk("type"), bulk("index"), bulk("spec"), index}), bulk("find_keys"),
                array({bulk("type"), bulk("range"), bulk("spec"), range})})});
}

std::string info_of(const description& d) {
    const key_positions k = keys_of(d);
    std::vector<std::string> parts;
    for (const description& s : all_subcommands())
        if (is_part_of(s, d))
            parts.push_back(info_of(s));
    return array({bulk(lower_name(d)), integer(d.arity), words(d.flags), integer(k.first),
                  integer(k.last), integer(k.step), words(d.categories, "@"), array({}),
                  key_specification(d), array(parts)});
}

std::string documentation_of(const description& d) {
    std::vector<std::string> all{bulk("summary"), bulk(d.summary), bulk("since"),
                                 bulk(d.since),   bulk("group"),   bulk(d.group)};
    std::vector<std::string> parts;
    for (const description& s : all_subcommands())
        if (is_part_of(s, d)) {
            parts.push_back(bulk(s.name));
            parts.push_back(documentation_of(s));
        }
    if (!parts.empty()) {
        all.push_back(bulk("subcommands"));
        all.push_back(array(parts));
    }
    return array(all);
}

/// All commands, or those that are named.
std::vector<const description*> chosen(const command& c) {
    std::vector<const description*> found;
    if (c.size() < 3)
        for (const description& d : all_commands())
            found.push_back(&d);
    for (std::size_t i = 2; i < c.size(); ++i)
        found.push_back(find_command(c[i]));
    return found;
}

std::string describe_all(const command& c) {
    std::vector<std::string> all;
    for (const description* d : chosen(c))
        all.push_back(d ? info_of(*d) : nil_array());
    return array(all);
}

std::string document_all(const command& c) {
    std::vector<std::string> all;
    for (const description* d : chosen(c))
        if (d) {
            all.push_back(bulk(lower_name(*d)));
            all.push_back(documentation_of(*d));
        }
    return array(all);
}

bool has_word(std::string_view text, std::string_view word) {
    return (' ' + std::string{text} + ' ').find(' ' + std::string{word} + ' ') != std::string::npos;
}

/// COMMAND LIST [FILTERBY MODULE name|ACLCAT category|PATTERN pattern].
std::string list_commands(const command& c) {
    const bool filtered = c.size() == 5 && lower(c[2]) == "filterby";
    const std::string by = filtered ? lower(c[3]) : "";
    const bool known = by == "module" || by == "aclcat" || by == "pattern";
    if (c.size() != 2 && !known)
        return error("ERR syntax error");
    std::vector<std::string> all;
    const auto add = [&](const description& d) {
        const std::string name = lower_name(d);
        if (by.empty() || (by == "aclcat" && has_word(d.categories, lower(c[4]))) ||
            (by == "pattern" && matches(lower(c[4]), name)))
            all.push_back(bulk(name));
    };
    std::for_each(all_commands().begin(), all_commands().end(), add);
    std::for_each(all_subcommands().begin(), all_subcommands().end(), add);
    return array(all);
}

/// Without the word that says that they depend on the arguments, since those are known here.
std::string_view flags_of_keys(const description& d, bool is_plain_set) {
    return is_plain_set ? "OW update" : d.key_flags.substr(0, d.key_flags.find(" variable_flags"));
}

/// COMMAND GETKEYS and GETKEYSANDFLAGS: which of a command's words are keys.
std::string list_keys(const command& c, bool with_flags) {
    command asked(c.begin() + 2, c.end());
    const description* d = find_command(asked[0]);
    if (d && asked.size() > 1)
        if (const description* sub = find_command(asked[0] + '|' + asked[1]))
            d = sub;
    if (!d)
        return error("ERR Invalid command specified");
    const key_positions k = keys_of(*d);
    if (k.first == 0)
        return error("ERR The command has no key arguments");
    if (!fits_arity(*d, asked.size()))
        return error("ERR Invalid number of arguments specified for command");
    const auto is_get = [](const std::string& word) { return lower(word) == "get"; };
    const bool is_plain_set =
        d->name == "SET" && std::none_of(asked.begin() + 3, asked.end(), is_get);
    const std::string flags = words(flags_of_keys(*d, is_plain_set));
    std::vector<std::string> keys;
    const auto size = static_cast<int>(asked.size());
    const int last = k.last < 0 ? size + k.last : k.last;
    for (int i = k.first; i <= last; i += k.step) {
        const std::string key = bulk(asked[static_cast<std::size_t>(i)]);
        keys.push_back(with_flags ? array({key, flags}) : key);
    }
    return array(keys);
}

} // namespace

std::string describe_commands(const command& c) {
    const std::string what = c.size() > 1 ? lower(c[1]) : "info";
    if (what == "count")
        return integer(static_cast<std::int64_t>(all_commands().size()));
    if (what == "list")
        return list_commands(c);
    if (what == "docs")
        return document_all(c);
    if (what == "getkeys" || what == "getkeysandflags")
        return list_keys(c, what == "getkeysandflags");
    return describe_all(c);
}

} // namespace key_value
