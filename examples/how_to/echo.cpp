// SPDX-License-Identifier: BSL-1.0
// Waiting for I/O: a process accepts connections, a process for each connection echoes.
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <coppice.hpp>
#include <coppice/asio.hpp>
#include <iostream>

using namespace coppice;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using asio::ip::tcp;

void echo(tcp::socket client) {
    char bytes[512];
    for (;;) {
        boost::system::error_code ec; // an end of the connection is expected: no exception
        const auto n = client.async_read_some(asio::buffer(bytes), use_process.until(30s)[ec]);
        if (ec)
            return;
        asio::async_write(client, asio::buffer(bytes, n), use_process); // throws: a crash
    }
}

void accept_clients(pid starter) {
    tcp::acceptor acceptor{this_process::io_executor(), {asio::ip::address_v4::loopback(), 0}};
    starter.send(acceptor.local_endpoint());
    for (;;)
        spawn(echo, acceptor.async_accept(use_process));
}

int main() {
    return application{}.run([] {
        spawn_link(accept_clients, this_process::self());
        const auto where = this_process::receive<tcp::endpoint>();

        tcp::socket s{this_process::io_executor()};
        s.async_connect(where, use_process.until(1s));
        asio::async_write(s, asio::buffer("hello", 5), use_process);
        std::string answer(5, ' ');
        asio::async_read(s, asio::buffer(answer), use_process.until(1s));
        std::cout << answer << '\n';

        boost::system::error_code ec; // nothing more comes
        asio::async_read(s, asio::buffer(answer), use_process.until(10ms)[ec]);
        std::cout << (ec == asio::error::timed_out ? "timed out" : ec.message()) << '\n';
    });
}
