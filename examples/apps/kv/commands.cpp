// SPDX-License-Identifier: BSL-1.0
#include "commands.hpp"
#include "bucket.hpp"
#include <coppice/to_text.hpp>
#include <vector>

namespace kv {

using namespace coppice;

namespace {

constexpr const char* ok = "OK\n";
constexpr const char* not_found = "NOT FOUND\n";

std::vector<std::string> words_of(std::string_view line) {
    std::vector<std::string> words;
    constexpr const char* blanks = " \t\r\n";
    for (auto at = line.find_first_not_of(blanks); at != line.npos;
         at = line.find_first_not_of(blanks, at)) {
        const auto end = std::min(line.find_first_of(blanks, at), line.size());
        words.emplace_back(line.substr(at, end - at));
        at = end;
    }
    return words;
}

std::string failed(const failure& why) {
    if (why.code == errc::noproc)
        return not_found; // no bucket has the name
    return "ERROR " + why.detail + (why.code == errc::exited ? ": try again\n" : "\n");
}

std::string put_pair(const std::vector<std::string>& w) {
    const auto b = buckets.whereis(w[1]);
    if (!b.process())
        return not_found;
    b.cast(put{w[2], w[3]});
    return ok;
}

std::string get_value(const std::vector<std::string>& w) {
    const auto value = buckets(w[1]).try_call(get{w[2]});
    if (!value)
        return failed(value.error());
    return *value ? **value + '\n' + ok : not_found;
}

std::string delete_key(const std::vector<std::string>& w) {
    const auto was_there = buckets(w[1]).try_call(erase{w[2]});
    if (!was_there)
        return failed(was_there.error());
    return *was_there ? ok : not_found;
}

std::string create_bucket(const std::vector<std::string>& w) {
    const auto made = create(w[1]);
    return made ? ok : failed(made.error());
}

std::string crash_bucket(const std::vector<std::string>& w) {
    const auto b = buckets.whereis(w[1]);
    if (!b.process())
        return not_found;
    b.cast(crash{});
    return ok;
}

std::string list(const std::vector<std::string>&) {
    std::string text;
    for (const auto& entry : buckets.select([](const auto&) { return true; }))
        text += entry.key + '\n';
    return text + ok;
}

std::string tree(const std::vector<std::string>&) { return to_text(the_root) + ok; }

struct command {
    std::string_view name;
    std::size_t words; // with its own
    std::string (*run)(const std::vector<std::string>&);
};
constexpr command commands[] = {
    {"CREATE", 2, create_bucket}, {"PUT", 4, put_pair}, {"GET", 3, get_value},
    {"DELETE", 3, delete_key},    {"LIST", 1, list},    {"TREE", 1, tree},
    {"CRASH", 2, crash_bucket},
};

} // namespace

std::string run(std::string_view line) {
    const auto words = words_of(line);
    for (const command& c : commands)
        if (!words.empty() && words[0] == c.name && words.size() == c.words)
            return c.run(words);
    return "UNKNOWN COMMAND\n";
}

} // namespace kv
