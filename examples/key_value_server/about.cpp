// SPDX-License-Identifier: BSL-1.0
#include "about.hpp"
#include "pubsub.hpp"
#include "store.hpp"
#include <algorithm>
#include <fstream>
#include <malloc.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

namespace key_value {

using namespace coppice;

namespace {

/// The settings of Redis that apply here, and that clients ask for.
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

/// The lines of a section.
class lines {
public:
    explicit lines(const char* title) : text_{std::string{"# "} + title + "\r\n"} {}
    lines& add(const char* name, std::string_view value) {
        text_.append(name).append(":").append(value).append("\r\n");
        return *this;
    }
    template <class N>
    requires std::is_arithmetic_v<N> lines& add(const char* name, N value) {
        return add(name, std::string_view{std::to_string(value)});
    }
    std::string take() { return std::move(text_); }

private:
    std::string text_;
};

/// The sum over all partitions; a partition that is being restarted counts as empty.
keyspace::counts count_keys(const server_context& context, bool reset = false) {
    std::vector<pending<keyspace::counts>> waiting;
    for (std::size_t i = 0; i < context.options.partitions; ++i)
        waiting.push_back(stores(i).send_request(ask_counts{reset}));
    keyspace::counts sum;
    for (auto& w : waiting)
        if (const auto c = w.try_get(infinity)) {
            sum.hits += c->hits;
            sum.misses += c->misses;
            sum.expired += c->expired;
            sum.keys += c->keys;
            sum.expiring += c->expiring;
        }
    return sum;
}

std::string megabytes(std::size_t bytes) {
    char text[32];
    std::snprintf(text, sizeof text, "%.2fM", static_cast<double>(bytes) / (1 << 20));
    return text;
}

std::string about_server(const server_context& context) {
    const auto up =
        std::chrono::duration_cast<std::chrono::seconds>(
            std::chrono::system_clock::now() - context.past.of(std::string{root.text()}).since)
            .count();
    utsname system{};
    ::uname(&system);
    return lines{"Server"}
        .add("redis_version", spoken_version)
        .add("server", "coppice key_value_server")
        .add("redis_mode", "standalone")
        .add("os", std::string{system.sysname} + ' ' + system.release + ' ' + system.machine)
        .add("arch_bits", 64)
        .add("process_id", ::getpid())
        .add("tcp_port", context.options.port)
        .add("uptime_in_seconds", up)
        .add("uptime_in_days", up / (24 * 60 * 60))
        .add("partitions", context.options.partitions)
        .take();
}

std::string about_clients(const server_context& context) {
    const auto counts = dynamic_supervisor::try_count_children(the_connections);
    return lines{"Clients"}
        .add("connected_clients", counts ? counts->active : 0)
        .add("cluster_connections", 0)
        .add("maxclients", context.options.max_clients)
        .add("blocked_clients", 0)
        .add("tracking_clients", 0)
        .add("total_connections_received", context.clients->count().connections)
        .take();
}

std::string about_memory() {
    const std::size_t used = ::mallinfo2().uordblks;
    std::size_t pages = 0, resident = 0;
    std::ifstream{"/proc/self/statm"} >> pages >> resident;
    resident *= static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    return lines{"Memory"}
        .add("used_memory", used)
        .add("used_memory_human", megabytes(used))
        .add("used_memory_rss", resident)
        .add("used_memory_rss_human", megabytes(resident))
        .add("maxmemory", 0)
        .add("maxmemory_human", "0B")
        .add("maxmemory_policy", "noeviction")
        .add("mem_allocator", "libc")
        .take();
}

std::string about_stats(const server_context& context) {
    const client_table::totals clients = context.clients->count();
    const keyspace::counts keys = count_keys(context);
    const auto topics = the_pubsub.try_call(count_topics{}, infinity);
    return lines{"Stats"}
        .add("total_connections_received", clients.connections)
        .add("total_commands_processed", clients.commands)
        .add("total_net_input_bytes", clients.bytes_in)
        .add("expired_keys", keys.expired)
        .add("evicted_keys", 0)
        .add("keyspace_hits", keys.hits)
        .add("keyspace_misses", keys.misses)
        .add("pubsub_channels", topics ? topics->channels : 0)
        .add("pubsub_patterns", topics ? topics->patterns : 0)
        .take();
}

std::string about_cpu() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return lines{"CPU"}
        .add("used_cpu_sys", seconds(used.ru_stime))
        .add("used_cpu_user", seconds(used.ru_utime))
        .take();
}

std::string about_keys(const server_context& context) {
    const keyspace::counts c = count_keys(context);
    lines text{"Keyspace"};
    if (c.keys > 0)
        text.add("db0", "keys=" + std::to_string(c.keys) +
                            ",expires=" + std::to_string(c.expiring) + ",avg_ttl=0");
    return text.take();
}

std::string section(const std::string& name, const server_context& context) {
    if (name == "server")
        return about_server(context);
    if (name == "clients")
        return about_clients(context);
    if (name == "memory")
        return about_memory();
    if (name == "persistence")
        return lines{"Persistence"}.add("loading", 0).add("aof_enabled", 1).take();
    if (name == "stats")
        return about_stats(context);
    if (name == "replication")
        return lines{"Replication"}.add("role", "master").add("connected_slaves", 0).take();
    if (name == "cpu")
        return about_cpu();
    if (name == "cluster")
        return lines{"Cluster"}.add("cluster_enabled", 0).take();
    if (name == "keyspace")
        return about_keys(context);
    if (name == "tree")
        return draw_tree(context.past);
    return {};
}

} // namespace

std::string configuration(const command& c, const server_context& context) {
    if (lower(c[1]) == "resetstat") {
        count_keys(context, true);
        context.clients->reset_totals();
        return simple("OK");
    }
    std::vector<std::string> found;
    for (const auto& [name, value] : all_settings(context.options))
        if (std::any_of(c.begin() + 2, c.end(),
                        [&, &n = name](const std::string& p) { return matches(lower(p), n); })) {
            found.push_back(bulk(name));
            found.push_back(bulk(value));
        }
    return array(found);
}

std::string about(const command& c, const server_context& context) {
    std::vector<std::string> names;
    for (std::size_t i = 1; i < c.size(); ++i)
        names.push_back(lower(c[i]));
    const bool all = names.empty() || std::any_of(names.begin(), names.end(), [](const auto& n) {
                         return n == "all" || n == "default" || n == "everything";
                     });
    if (all)
        names = {"server",      "clients", "memory",  "persistence", "stats",
                 "replication", "cpu",     "cluster", "keyspace"};
    std::string text;
    for (const std::string& name : names) {
        const std::string s = section(name, context);
        text += (text.empty() || s.empty() ? "" : "\r\n") + s;
    }
    return all ? text + "\r\n# Tree\r\nsee:INFO tree\r\n" : text;
}

} // namespace key_value
