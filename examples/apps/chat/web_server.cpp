// SPDX-License-Identifier: BSL-1.0
#include "web_server.hpp"
#include "page.hpp"
#include "session.hpp"
#include <boost/beast/websocket/rfc6455.hpp>
#include <coppice/asio.hpp>
#include <unistd.h>

namespace chat {

using namespace coppice;
using namespace std::chrono_literals;
namespace http = boost::beast::http;
using boost::asio::ip::tcp;

namespace {

void serve(tcp::socket browser) {
    boost::beast::flat_buffer read;
    http::request<http::string_body> asked;
    boost::system::error_code ec;
    http::async_read(browser, read, asked, use_process.until(10s)[ec]);
    if (ec)
        return; // it has gone, or says nothing, or what it says is no HTTP
    if (boost::beast::websocket::is_upgrade(asked))
        return run_session(std::move(browser), asked);
    const bool is_page = asked.target() == "/" && asked.method() == http::verb::get;
    http::response<http::string_body> answer{is_page ? http::status::ok : http::status::not_found,
                                             asked.version()};
    answer.set(http::field::content_type, is_page ? "text/html; charset=utf-8" : "text/plain");
    answer.body() = is_page ? page : "There is only one page: /\n";
    answer.keep_alive(false);
    answer.prepare_payload();
    http::async_write(browser, answer, use_process.until(10s)[ec]);
}

} // namespace

void accept_browsers(int listening) {
    tcp::acceptor acceptor{this_process::io_executor()};
    acceptor.assign(tcp::v4(), ::dup(listening)); // the socket stays open when this process ends
    for (;;) {
        const int browser = acceptor.async_accept(use_process).release();
        const auto started = task_supervisor::try_start_child(the_sessions, [browser] {
            tcp::socket mine{this_process::io_executor()};
            mine.assign(tcp::v4(), browser);
            serve(std::move(mine));
        });
        if (!started) // too many of them
            ::close(browser);
    }
}

} // namespace chat
