// SPDX-License-Identifier: BSL-1.0
// Buckets of keys and values over TCP: a line, an answer.
#include "../line_server.hpp"
#include "../listening.hpp"
#include "../options.hpp"
#include "bucket.hpp"
#include "commands.hpp"

namespace po = boost::program_options;
using namespace coppice;

namespace {

int serve(unsigned short port, std::size_t max_clients) {
    const int listening = apps::listen_on(port);
    apps::say_where("kv", port);
    // The buckets hold what clients have said, and come first: a connection or the listener that
    // crashes takes none of them along, and all can do without a connection.
    return application{
        {},
        {child<supervisor>(
            kv::the_root, {.strategy = rest_for_one},
            {child<dynamic_supervisor>(kv::the_buckets,
                                       {.intensity = 100, .period = std::chrono::seconds{1}}),
             child<task_supervisor>(apps::the_connections, {.max_children = max_clients}),
             child<task<>>("listener", apps::accept_lines, listening, kv::run)})}}
        .run();
}

} // namespace

int main(int count, char** arguments) {
    unsigned short port = 4040;
    std::size_t max_clients = 1000;
    return apps::with_options(
        count, arguments,
        "kv [OPTION]...\nA store of keys and values in buckets, a line a command: try `nc "
        "127.0.0.1 4040` and `TREE`",
        [&](auto add) {
            add("port", po::value(&port), "port to listen on; 0: any that is free");
            add("max-clients", po::value(&max_clients), "connections at a time");
        },
        [&] { return serve(port, max_clients); });
}
