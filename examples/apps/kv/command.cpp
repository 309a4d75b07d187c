// SPDX-License-Identifier: BSL-1.0
#include "command.hpp"
#include "bucket.hpp"
#include "tree.hpp"
#include <algorithm>
#include <sstream>

namespace kv {

using namespace coppice;

namespace {

constexpr const char* not_found = "NOT FOUND";

/// Asks a bucket. No process under that name is an answer, and any other failure is thrown.
template <class M, class F>
std::string ask(const std::string& bucket_name, M message, F answer) {
    auto r = buckets(bucket_name).try_call(std::move(message));
    if (!r && r.error().code == errc::noproc)
        return not_found;
    if constexpr (std::is_void_v<typename M::reply>) {
        r.value();
        return answer();
    } else {
        return answer(r.value());
    }
}

std::string list() {
    std::vector<std::string> names;
    for (const auto& e : buckets.select([](const auto&) { return true; }))
        names.push_back(e.key);
    std::sort(names.begin(), names.end());
    std::string all;
    for (const std::string& n : names)
        all += (all.empty() ? "" : " ") + n;
    return all;
}

std::string crash_bucket(const std::string& name) {
    const auto b = buckets.whereis(name);
    if (!b.process())
        return not_found;
    b.cast(crash{});
    return "OK";
}

std::string tree_text() {
    std::string text = to_text(root);
    if (text.ends_with('\n'))
        text.pop_back();
    return text;
}

} // namespace

std::vector<std::string> words(std::string_view line) {
    std::istringstream in{std::string{line}};
    return {std::istream_iterator<std::string>{in}, {}};
}

std::string run(const std::vector<std::string>& c) {
    const auto is = [&](std::string_view name, std::size_t count) {
        return c.size() == count && c[0] == name;
    };
    if (is("CREATE", 2))
        return create(c[1]), "OK";
    if (is("PUT", 4))
        return ask(c[1], put{c[2], c[3]}, [] { return "OK"; });
    if (is("GET", 3))
        return ask(c[1], get{c[2]}, [](const auto& v) { return v.value_or(not_found); });
    if (is("DELETE", 3))
        return ask(c[1], erase{c[2]}, [](bool was) { return was ? "OK" : not_found; });
    if (is("LIST", 1))
        return list();
    if (is("TREE", 1))
        return tree_text();
    if (is("CRASH", 2))
        return crash_bucket(c[1]);
    return "UNKNOWN COMMAND";
}

} // namespace kv
