// SPDX-License-Identifier: BSL-1.0
#include "about.hpp"
#include "keyspace.hpp"
#include <algorithm>
#include <unistd.h>

namespace key_value {

using namespace coppice;

namespace {

/// The settings of Redis that mean something here, and that its clients ask for.
std::vector<std::pair<std::string, std::string>> all_settings(const settings& s) {
    return {{"appendfsync", "no"},
            {"appendonly", "yes"},
            {"bind", s.host},
            {"databases", "1"},
            {"dir", s.data.string()},
            {"maxclients", std::to_string(s.max_clients)},
            {"port", std::to_string(s.port)},
            {"proto-max-bulk-len", "536870912"},
            {"save", ""}};
}

std::string section(const std::string& name, const surroundings& around) {
    const auto seconds = [](auto d) {
        return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(d).count());
    };
    const settings& s = around.options;
    if (name == "server") {
        const auto up =
            std::chrono::system_clock::now() - around.past.of(std::string{the_top.text()}).since;
        return "# Server\r\nserver:coppice key_value_server\r\nprocess_id:" +
               std::to_string(::getpid()) + "\r\ntcp_port:" + std::to_string(s.port) +
               "\r\nuptime_in_seconds:" + seconds(up) +
               "\r\npartitions:" + std::to_string(s.partitions) + "\r\n";
    }
    if (name == "clients") {
        const auto counts = dynamic_supervisor::try_count_children(the_connections);
        return "# Clients\r\nconnected_clients:" + std::to_string(counts ? counts->active : 0) +
               "\r\nmaxclients:" + std::to_string(s.max_clients) +
               "\r\ntotal_connections_received:" +
               std::to_string(around.past.of(connection_id).starts) + "\r\n";
    }
    if (name == "tree")
        return draw_tree(around.past);
    return {};
}

} // namespace

std::string configuration(const command& c, const settings& s) {
    if (lower(c[1]) != "get")
        return error(unknown_subcommand(c));
    if (c.size() < 3)
        return error(wrong_arguments("config|get"));
    std::vector<std::string> found;
    for (const auto& [name, value] : all_settings(s))
        if (std::any_of(c.begin() + 2, c.end(),
                        [&, &n = name](const std::string& p) { return matches(lower(p), n); })) {
            found.push_back(bulk(name));
            found.push_back(bulk(value));
        }
    return array(found);
}

std::string about(const command& c, const surroundings& around) {
    std::vector<std::string> names;
    for (std::size_t i = 1; i < c.size(); ++i)
        names.push_back(lower(c[i]));
    const bool all = names.empty() || std::any_of(names.begin(), names.end(), [](const auto& n) {
                         return n == "all" || n == "default" || n == "everything";
                     });
    if (all)
        names = {"server", "clients"};
    std::string text;
    for (const std::string& name : names) {
        const std::string s = section(name, around);
        text += (text.empty() || s.empty() ? "" : "\r\n") + s;
    }
    return all ? text + "\r\n# Tree\r\nsee:INFO tree\r\n" : text;
}

} // namespace key_value
