// SPDX-License-Identifier: BSL-1.0
// Buckets of keys and values over TCP: the program that the tutorial builds.
#include "listener.hpp"
#include "tree.hpp"
#include <boost/program_options.hpp>
#include <cstdio>
#include <iostream>

namespace options = boost::program_options;

namespace {

/// Errors: throws std::exception that names the option.
int serve(int count, char** arguments) {
    unsigned port = 4040;
    options::options_description known{"kv_app [OPTION]...\nBuckets of keys and values over TCP"};
    known.add_options()("help", "say this")("port", options::value<unsigned>(&port),
                                            "port to listen on (4040); 0: any that is free");
    options::variables_map given;
    options::store(
        options::command_line_parser{count, arguments}.options(known).positional({}).run(), given);
    options::notify(given);
    if (given.contains("help")) {
        std::cout << known;
        return 0;
    }
    if (port > 65535)
        throw std::runtime_error{"--port must be a number from 0 to 65535"};
    auto chosen = static_cast<unsigned short>(port);
    const int listening = kv::open_port(chosen);
    std::printf("kv listens on 127.0.0.1:%u\n", chosen);
    std::fflush(stdout);
    return coppice::application{{}, kv::tree(listening)}.run();
}

} // namespace

int main(int count, char** arguments) {
    try {
        return serve(count, arguments);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "kv_app: %s\n", e.what());
        return 2;
    }
}
