// SPDX-License-Identifier: BSL-1.0
#include "line_server.hpp"
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <coppice/asio.hpp>
#include <unistd.h>

namespace apps {

using namespace coppice;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr std::size_t longest_line = 64 * 1024;
constexpr auto most_idle = 10min;

void send(tcp::socket& client, const std::string& text) {
    boost::system::error_code gone; // the next read finds that, too
    asio::async_write(client, asio::buffer(text), use_process.until(10s)[gone]);
}

/// A line of a client, an answer, and so on, as a plain loop: each wait suspends this process
/// alone.
void serve(tcp::socket client, std::string (*answer)(std::string_view)) {
    std::string read;
    for (;;) {
        boost::system::error_code ec;
        const auto size = asio::async_read_until(client, asio::dynamic_buffer(read, longest_line),
                                                 '\n', use_process.until(most_idle)[ec]);
        if (ec == asio::error::not_found)
            return send(client, "ERROR a line has at most 65536 bytes\n");
        if (ec)
            return; // it has gone, or says nothing for long
        send(client, answer({read.data(), size}));
        read.erase(0, size);
    }
}

} // namespace

void accept_lines(int listening, std::string (*answer)(std::string_view line)) {
    tcp::acceptor acceptor{this_process::io_executor()};
    acceptor.assign(tcp::v4(), ::dup(listening)); // the socket stays open when this process ends
    for (;;) {
        tcp::socket client = acceptor.async_accept(use_process);
        const int descriptor = client.release();
        const auto started =
            task_supervisor::try_start_child(the_connections, [descriptor, answer] {
                tcp::socket mine{this_process::io_executor()};
                mine.assign(tcp::v4(), descriptor);
                serve(std::move(mine), answer);
            });
        if (!started) { // too many of them
            client.assign(tcp::v4(), descriptor);
            send(client, "ERROR " + started.error().detail + '\n');
        }
    }
}

} // namespace apps
