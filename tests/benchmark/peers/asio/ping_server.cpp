// SPDX-License-Identifier: BSL-1.0
// W15 by hand: a coroutine of Asio for each connection, on as many threads as are wanted.
#include "../../pings/ping_requests.hpp"
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cstdlib>
#include <thread>
#include <vector>

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

asio::awaitable<void> serve(tcp::socket client) {
    client.set_option(tcp::no_delay{true});
    benchmark::ping_requests requests;
    std::vector<char> bytes(benchmark::bytes_at_once);
    for (;;) {
        boost::system::error_code ec;
        const auto n = co_await client.async_read_some(
            asio::buffer(bytes), asio::redirect_error(asio::use_awaitable, ec));
        if (ec)
            co_return;
        if (const std::size_t pings = requests.take({bytes.data(), n}))
            co_await asio::async_write(client, asio::buffer(benchmark::answers.first(pings)),
                                       asio::redirect_error(asio::use_awaitable, ec));
    }
}

asio::awaitable<void> accept(tcp::acceptor acceptor) {
    for (;;) {
        tcp::socket client = co_await acceptor.async_accept(asio::use_awaitable);
        asio::co_spawn(acceptor.get_executor(), serve(std::move(client)), asio::detached);
    }
}

} // namespace

int main(int, char** arguments) {
    const auto port = static_cast<unsigned short>(std::atoi(arguments[1]));
    const int threads = std::atoi(arguments[2]);
    asio::io_context io{threads};
    tcp::acceptor acceptor{io, {asio::ip::address_v4::loopback(), port}};
    asio::co_spawn(io, accept(std::move(acceptor)), asio::detached);
    std::vector<std::jthread> more;
    for (int i = 1; i < threads; ++i)
        more.emplace_back([&io] { io.run(); });
    io.run();
}
