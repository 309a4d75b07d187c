// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdio>
#include <stdexcept>
#include <string>

// What the programs with a port share.
namespace apps {

/// Opens a socket that listens on this machine's own address. It outlives the process that accepts:
/// one that crashes and comes back goes on with the clients that wait. `port` 0: any that is free.
///
/// Errors: std::runtime_error that names the port and says what to do.
inline int listen_on(unsigned short& port) {
    using boost::asio::ip::tcp;
    boost::asio::io_context io;
    tcp::acceptor a{io, tcp::v4()};
    boost::system::error_code ec;
    a.set_option(tcp::acceptor::reuse_address{true});
    a.bind({boost::asio::ip::address_v4::loopback(), port}, ec);
    if (!ec)
        a.listen(1024, ec);
    if (ec)
        throw std::runtime_error{"cannot listen on port " + std::to_string(port) + ": " +
                                 ec.message() + " (choose another one with --port)"};
    port = a.local_endpoint().port();
    return a.release();
}

/// For those who wait until it is there.
inline void say_where(const char* program, unsigned short port) {
    std::printf("%s listens on 127.0.0.1:%u\n", program, port);
    std::fflush(stdout);
}

} // namespace apps
