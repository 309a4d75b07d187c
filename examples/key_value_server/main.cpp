// SPDX-License-Identifier: BSL-1.0
// A key-value server that speaks the protocol of Redis, as a supervision tree.
#include "data_directory.hpp"
#include "listener.hpp"
#include <algorithm>
#include <boost/program_options.hpp>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <sys/resource.h>
#include <thread>

namespace options = boost::program_options;

namespace {

struct given {
    key_value::settings server;
    std::size_t threads = 0;
    bool help = false;
};

options::options_description known_options() {
    const key_value::settings standard;
    options::options_description known{
        "key_value_server [OPTION]...\n"
        "A server for redis-cli and other clients of Redis. Keys live in partitions, each a "
        "process\n"
        "with a log; a supervision tree restarts what crashes. SIGTERM stops it in order.\n"
        "Commands beside Redis's own: INFO tree, CRASH store [N]|connection|pubsub|listener"};
    const auto add = [&](const char* name, const std::string& standard_value, const char* text) {
        known.add_options()(name, options::value<std::string>()->default_value(standard_value),
                            text);
    };
    known.add_options()("help", "say this");
    add("host", standard.host, "address to listen on");
    add("port", std::to_string(standard.port), "port to listen on; 0: any that is free");
    add("data", standard.data.string(), "directory of the logs");
    add("partitions", std::to_string(standard.partitions), "store processes");
    add("max-clients", std::to_string(standard.max_clients), "connections at a time");
    add("threads", "0", "threads; 0: half as many as processors");
    return known;
}

/// Errors: throws std::runtime_error that names the option.
std::size_t number(const options::variables_map& from,
                   const char* option,
                   std::size_t least,
                   std::size_t most) {
    const auto& text = from[option].as<std::string>();
    std::size_t n = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (code != std::errc{} || end != text.data() + text.size() || n < least || n > most)
        throw std::runtime_error{std::string{"--"} + option + " must be a number from " +
                                 std::to_string(least) + " to " + std::to_string(most) + ", not '" +
                                 text + "'"};
    return n;
}

given read(int count, char** arguments) {
    options::variables_map from;
    try {
        namespace style = options::command_line_style;
        const int exact = style::default_style & ~style::allow_guessing;
        const auto known = known_options();
        options::store(options::command_line_parser{count, arguments}
                           .options(known)
                           .positional({}) // a word without an option is refused
                           .style(exact)
                           .run(),
                       from);
    } catch (const options::error& e) {
        throw std::runtime_error{std::string{e.what()} + " (see --help)"};
    }
    given g;
    g.help = from.contains("help");
    if (g.help)
        return g;
    g.server.host = from["host"].as<std::string>();
    g.server.port = static_cast<unsigned short>(number(from, "port", 0, 65535));
    g.server.data = from["data"].as<std::string>();
    g.server.partitions = number(from, "partitions", 1, 1024);
    g.server.max_clients = number(from, "max-clients", 1, 1'000'000);
    g.threads = number(from, "threads", 0, 1024);
    return g;
}

/// No more clients than there are descriptors for: a store that restarts must find one for its log.
std::size_t affordable_clients(const key_value::settings& s) {
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) != 0)
        return s.max_clients;
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
    ::getrlimit(RLIMIT_NOFILE, &files);
    const std::size_t ours = 64 + 2 * s.partitions;
    const std::size_t each = 2; // a subscriber has two
    if (files.rlim_cur <= ours + each)
        throw std::runtime_error{"only " + std::to_string(files.rlim_cur) +
                                 " files may be open: raise the limit (ulimit -n)"};
    return std::min<std::size_t>(s.max_clients, (files.rlim_cur - ours) / each);
}

/// The kernel's part of the work, and clients on this machine, need processors as well.
std::size_t threads_for(std::size_t wanted) {
    return wanted ? wanted : std::max(1U, std::thread::hardware_concurrency() / 2);
}

/// A terminal that is closed, and a limit on the size of files, must not end the server: a write
/// that fails says so.
void ignore_signals() {
    std::signal(SIGHUP, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
}

int serve(given g) {
    key_value::settings& s = g.server;
    s.max_clients = affordable_clients(s);
    const key_value::data_directory data{s};
    const auto transactions = std::make_shared<key_value::transaction_context>();
    data.check(transactions->all);
    const int listening = key_value::open_port(s.host, s.port);
    std::printf("key_value_server listens on %s:%u, %zu partitions in %s, at most %zu clients\n",
                s.host.c_str(), s.port, s.partitions, s.data.c_str(), s.max_clients);
    std::fflush(stdout);
    return coppice::application{{},
                                key_value::tree(s, listening, transactions),
                                {.runtime = {.threads = threads_for(g.threads)}}}
        .run();
}

} // namespace

int main(int count, char** arguments) {
    try {
        ignore_signals();
        given g = read(count, arguments);
        if (g.help) {
            std::cout << known_options();
            return 0;
        }
        return serve(std::move(g));
    } catch (const std::exception& e) {
        std::fprintf(stderr, "key_value_server: %s\n", e.what());
        return 2;
    }
}
