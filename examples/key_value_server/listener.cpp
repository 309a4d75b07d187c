// SPDX-License-Identifier: BSL-1.0
#include "listener.hpp"
#include "connection.hpp"
#include "resp.hpp"
#include "tree.hpp"
#include <boost/asio/ip/tcp.hpp>
#include <coppice/asio.hpp>
#include <coppice/log.hpp>
#include <unistd.h>

namespace key_value {

using namespace coppice;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using asio::ip::tcp;

int open_port(const std::string& host, unsigned short port) {
    const std::string where = host + ':' + std::to_string(port);
    const auto fail = [&](const boost::system::error_code& ec, const std::string& advice) {
        throw std::runtime_error{"cannot listen on " + where + ": " + ec.message() + advice};
    };
    asio::io_context io;
    boost::system::error_code ec;
    const auto address = asio::ip::make_address(host, ec);
    if (ec)
        fail(ec, " (give an address such as 127.0.0.1)");
    tcp::acceptor a{io};
    a.open(address.is_v6() ? tcp::v6() : tcp::v4());
    a.set_option(tcp::acceptor::reuse_address{true});
    if (a.bind({address, port}, ec); ec)
        fail(ec, ec == asio::error::address_in_use ? " (another program has the port: choose one "
                                                     "with --port)"
                                                   : "");
    if (a.listen(1024, ec); ec)
        fail(ec, "");
    return a.release();
}

namespace {
/// Tells a client that there is no room, and hangs up. Its answer fits into any socket's buffer.
void turn_away(tcp::socket& client) {
    boost::system::error_code ignored;
    client.write_some(asio::buffer(error("ERR max number of clients reached")), ignored);
}
} // namespace

void listen(int listening, std::size_t partitions) {
    register_name(listener_name, this_process::self()).value();
    // Our own descriptor for the one socket: it closes with us, the socket stays.
    tcp::acceptor acceptor{this_process::io_executor()};
    acceptor.assign(tcp::v4(), ::dup(listening));
    for (;;) {
        if (this_process::receive<crash_listener>(0ms))
            throw std::runtime_error{"CRASH listener"};
        tcp::socket client{this_process::io_executor()};
        boost::system::error_code ec;
        acceptor.async_accept(client, use_process.until(100ms)[ec]);
        if (ec == asio::error::timed_out)
            continue;
        if (ec) { // out of descriptors, most likely: the clients wait in the queue
            log::error("cannot accept a connection: {}", ec.message());
            this_process::sleep(100ms);
            continue;
        }
        client.set_option(tcp::no_delay{true}, ec);
        const int descriptor = client.release();
        const auto started = dynamic_supervisor::try_start_child(
            the_connections, child<task>("connection", serve, descriptor, partitions)
                                 .restart(temporary)
                                 .shutdown(1s));
        if (!started) {
            client.assign(tcp::v4(), descriptor, ec);
            turn_away(client);
        }
    }
}

} // namespace key_value
