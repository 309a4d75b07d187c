// SPDX-License-Identifier: BSL-1.0
// A key-value server that speaks the protocol of Redis, as a supervision tree.
#include "append_log.hpp"
#include "listener.hpp"
#include "tree.hpp"
#include <boost/program_options.hpp>
#include <cstdio>
#include <iostream>

namespace options = boost::program_options;

namespace {

/// What must be true before it makes sense to start: said plainly, and once.
int prepare(const key_value::settings& s) {
    if (s.partitions == 0 || s.partitions > 1024)
        throw std::runtime_error{"--partitions must be between 1 and 1024"};
    std::filesystem::create_directories(s.data);
    for (std::size_t i = 0; i < s.partitions; ++i) {
        const key_value::append_log writable{key_value::log_file(s, i), [](key_value::change) {}};
    }
    return key_value::open_port(s.host, s.port);
}

} // namespace

int main(int count, char** arguments) {
    key_value::settings s;
    std::size_t threads = 0;
    std::string data = s.data.string();
    options::options_description known{
        "key_value_server [OPTION]...\n"
        "A server for redis-cli and other clients of Redis. Keys live in partitions, each a "
        "process\n"
        "with a log; a supervision tree restarts what crashes. SIGTERM stops it in order.\n"
        "Commands beside Redis's own: INFO tree, CRASH store [N]|connection|pubsub|listener"};
    known.add_options()("help", "say this")("host", options::value(&s.host)->default_value(s.host),
                                            "address to listen on")(
        "port", options::value(&s.port)->default_value(s.port), "port to listen on")(
        "data", options::value(&data)->default_value(data), "directory of the logs")(
        "partitions", options::value(&s.partitions)->default_value(s.partitions),
        "store processes; keep it the same for the same data")(
        "max-clients", options::value(&s.max_clients)->default_value(s.max_clients),
        "connections at a time")("threads", options::value(&threads)->default_value(0),
                                 "threads; 0: one for each core");
    try {
        options::variables_map given;
        options::store(options::parse_command_line(count, arguments, known), given);
        options::notify(given);
        if (given.contains("help")) {
            std::cout << known;
            return 0;
        }
        s.data = data;
        const int listening = prepare(s);
        std::printf("key_value_server listens on %s:%u, %zu partitions in %s\n", s.host.c_str(),
                    s.port, s.partitions, s.data.c_str());
        std::fflush(stdout);
        return coppice::application{
            {}, key_value::tree(s, listening), {.runtime = {.threads = threads}}}
            .run();
    } catch (const std::exception& e) {
        std::fprintf(stderr, "key_value_server: %s\n", e.what());
        return 2;
    }
}
