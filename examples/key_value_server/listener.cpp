// SPDX-License-Identifier: BSL-1.0
#include "listener.hpp"
#include "connection.hpp"
#include "resp.hpp"
#include <boost/asio/ip/tcp.hpp>
#include <coppice/asio.hpp>
#include <coppice/log.hpp>
#include <netinet/tcp.h>
#include <unistd.h>

namespace key_value {

using namespace coppice;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using asio::ip::tcp;

int open_port(const std::string& host, unsigned short& port) {
    const std::string where = host + ':' + std::to_string(port);
    const auto check = [&](const boost::system::error_code& ec, const std::string& advice) {
        if (ec)
            throw std::runtime_error{"cannot listen on " + where + ": " +
                                     std::generic_category().message(ec.value()) + advice};
    };
    asio::io_context io;
    boost::system::error_code ec;
    const auto address = asio::ip::make_address(host, ec);
    check(ec, " (give an address with --host, such as 127.0.0.1)");
    tcp::acceptor a{io};
    a.open(address.is_v6() ? tcp::v6() : tcp::v4(), ec);
    check(ec, "");
    a.set_option(tcp::acceptor::reuse_address{true});
    a.bind({address, port}, ec);
    const bool taken = ec == asio::error::address_in_use;
    check(ec, taken ? " (another program has the port: choose one with --port)"
                    : " (choose another with --host and --port)");
    a.listen(1024, ec);
    check(ec, "");
    port = a.local_endpoint().port();
    return a.release();
}

namespace {
/// Tells a client why it is not served, and disconnects it. The answer fits into any socket's
/// buffer.
void turn_away(tcp::socket& client, const failure& why) {
    boost::system::error_code ignored;
    const bool full = why.code == errc::max_children;
    client.write_some(asio::buffer(error(full ? "ERR max number of clients reached"
                                              : "ERR the server is being restarted: try again")),
                      ignored);
    client.shutdown(tcp::socket::shutdown_send, ignored);
    // Reads the bytes that the client has sent: closing with unread bytes would discard the answer.
    client.non_blocking(true, ignored);
    char unread[4096];
    client.read_some(asio::buffer(unread), ignored);
}

/// A client whose machine has vanished is detected after ten minutes, as with Redis.
void set_options(tcp::socket& client) {
    const auto set = [&](int level, int option, int value) {
        // An error means that the client is gone, and its connection finds that out.
        (void)::setsockopt(client.native_handle(), level, option, &value, sizeof value);
    };
    set(IPPROTO_TCP, TCP_NODELAY, 1);
    set(SOL_SOCKET, SO_KEEPALIVE, 1);
    set(IPPROTO_TCP, TCP_KEEPIDLE, 300); // seconds
    set(IPPROTO_TCP, TCP_KEEPINTVL, 100);
    set(IPPROTO_TCP, TCP_KEEPCNT, 3);
}
} // namespace

void accept_clients::operator()(int listening,
                                const std::shared_ptr<const server_context>& context) const {
    register_name(listener_name, this_process::self()).value();
    // A duplicate descriptor of the socket: it closes with this process, the socket stays open.
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
        set_options(client);
        const int descriptor = client.release();
        const auto started = dynamic_supervisor::try_start_child(
            the_connections, child<task<>>(connection_id, serve_client{}, descriptor, context)
                                 .restart(temporary)
                                 .shutdown(1s));
        if (!started) {
            client.assign(tcp::v4(), descriptor, ec);
            turn_away(client, started.error());
        }
    }
}

} // namespace key_value
