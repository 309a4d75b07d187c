// SPDX-License-Identifier: BSL-1.0
#include "http_server.hpp"
#include "routes.hpp"
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <coppice/asio.hpp>
#include <unistd.h>

namespace bank {

using namespace coppice;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr auto most_idle = 30s;
constexpr std::size_t largest_body = 64 * 1024;

void serve(tcp::socket client) {
    boost::beast::flat_buffer read;
    for (bool more = true; more;) {
        http::request_parser<http::string_body> asked;
        asked.body_limit(largest_body);
        boost::system::error_code ec;
        http::async_read(client, read, asked, use_process.until(most_idle)[ec]);
        if (ec == http::error::body_limit)
            ec.clear(), more = false;
        else if (ec)
            return; // it has gone, or what it said is no HTTP
        const request& r = asked.get();
        response a = more ? answer(r) : too_large();
        more = more && r.keep_alive();
        a.version(r.version());
        a.keep_alive(more);
        a.prepare_payload();
        http::async_write(client, a, use_process.until(most_idle)[ec]);
        if (ec)
            return;
    }
}

} // namespace

void accept_clients(int listening) {
    tcp::acceptor acceptor{this_process::io_executor()};
    acceptor.assign(tcp::v4(), ::dup(listening)); // the socket stays open when this process ends
    for (;;) {
        const int client = acceptor.async_accept(use_process).release();
        const auto started = task_supervisor::try_start_child(the_connections, [client] {
            tcp::socket mine{this_process::io_executor()};
            mine.assign(tcp::v4(), client);
            serve(std::move(mine));
        });
        if (!started) // too many of them
            ::close(client);
    }
}

} // namespace bank
