// SPDX-License-Identifier: BSL-1.0
#include "listener.hpp"
#include "connection.hpp"
#include "tree.hpp"
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <coppice/asio.hpp>
#include <stdexcept>
#include <unistd.h>

namespace kv {

using namespace coppice;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using asio::ip::tcp;

int open_port(unsigned short& port) {
    asio::io_context io;
    try {
        tcp::acceptor a{io, {asio::ip::address_v4::loopback(), port}};
        port = a.local_endpoint().port();
        return a.release();
    } catch (const boost::system::system_error& e) {
        throw std::runtime_error{"cannot listen on 127.0.0.1:" + std::to_string(port) + ": " +
                                 e.code().message() + " (choose another with --port)"};
    }
}

void accept_clients::operator()(int listening) const {
    // A duplicate descriptor of the socket: it closes with this process, the socket stays open.
    tcp::acceptor acceptor{this_process::io_executor()};
    acceptor.assign(tcp::v4(), ::dup(listening));
    for (;;) {
        tcp::socket client = acceptor.async_accept(use_process);
        const int descriptor = client.release();
        const auto started = dynamic_supervisor::try_start_child(
            the_connections, child<task<>>("connection", serve_client{}, descriptor)
                                 .restart(temporary)
                                 .shutdown(1s));
        if (!started)
            ::close(descriptor); // too many clients: this one is turned away
    }
}

} // namespace kv
