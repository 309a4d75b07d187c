// SPDX-License-Identifier: BSL-1.0
#include "connection.hpp"
#include "command.hpp"
#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <coppice/asio.hpp>

namespace kv {

using namespace coppice;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {
constexpr std::size_t longest_line = 64 * 1024; // a client cannot fill the memory with one line

/// Says why, and waits for the client's end: closing with unread bytes would discard the answer.
void refuse_line(tcp::socket& socket) {
    boost::system::error_code ec;
    asio::async_write(socket, asio::buffer("LINE TOO LONG\n", 14), use_process.until(1s)[ec]);
    socket.shutdown(tcp::socket::shutdown_send, ec);
    std::array<char, 4096> unread;
    const auto end = std::chrono::steady_clock::now() + 1s;
    while (!ec && std::chrono::steady_clock::now() < end)
        socket.async_read_some(asio::buffer(unread), use_process.until(1s)[ec]);
}
} // namespace

void serve_client::operator()(int descriptor) const {
    tcp::socket socket{this_process::io_executor()};
    socket.assign(tcp::v4(), descriptor);
    std::string received;
    for (;;) {
        boost::system::error_code ec; // the end of a connection is expected: no exception
        const std::size_t n = asio::async_read_until(
            socket, asio::dynamic_buffer(received, longest_line), '\n', use_process[ec]);
        if (ec == asio::error::not_found)
            return refuse_line(socket);
        if (ec || n == 0)
            return;
        const std::string answer = run(words(std::string_view{received}.substr(0, n))) + '\n';
        received.erase(0, n);
        asio::async_write(socket, asio::buffer(answer), use_process[ec]);
        if (ec)
            return;
    }
}

} // namespace kv
