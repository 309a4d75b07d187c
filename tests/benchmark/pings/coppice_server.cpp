// SPDX-License-Identifier: BSL-1.0
// W15: a process for each connection.
#include "ping_requests.hpp"
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <coppice.hpp>
#include <coppice/asio.hpp>
#include <cstdlib>

namespace {

using namespace coppice;
namespace asio = boost::asio;
using asio::ip::tcp;

void serve(tcp::socket client) {
    client.set_option(tcp::no_delay{true});
    benchmark::ping_requests requests;
    char bytes[benchmark::bytes_at_once];
    for (;;) {
        boost::system::error_code ec;
        const auto n = client.async_read_some(asio::buffer(bytes), use_process[ec]);
        if (ec)
            return;
        if (const std::size_t pings = requests.take({bytes, n}))
            asio::async_write(client, asio::buffer(benchmark::answers.first(pings)),
                              use_process[ec]);
    }
}

} // namespace

int main(int, char** arguments) {
    const auto port = static_cast<unsigned short>(std::atoi(arguments[1]));
    const std::size_t threads = std::strtoul(arguments[2], nullptr, 10);
    return application{{.runtime = {.threads = threads}}}.run([port] {
        tcp::acceptor acceptor{this_process::io_executor(),
                               {asio::ip::address_v4::loopback(), port}};
        for (;;)
            spawn(serve, acceptor.async_accept(use_process));
    });
}
