// SPDX-License-Identifier: BSL-1.0
#include "page.hpp"
#include <algorithm>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <coppice/asio.hpp>
#include <coppice/this_process.hpp>
#include <stdexcept>

namespace crawler {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using coppice::use_process;

namespace {
constexpr std::string_view scheme = "http://";
constexpr std::size_t largest_body = 1024 * 1024;

void add_link(std::vector<std::string>& links, std::string_view target, const site& of) {
    if (target.starts_with(scheme)) {
        const address a = address_of(target);
        if (a.where.host != of.host || a.where.port != of.port)
            return;
        target.remove_prefix(std::min(target.size(), target.find('/', scheme.size())));
    }
    target = target.substr(0, target.find('#'));
    if (target.starts_with('/') && std::ranges::find(links, target) == links.end())
        links.emplace_back(target);
}
} // namespace

address address_of(std::string_view url) {
    if (!url.starts_with(scheme))
        throw std::invalid_argument{"'" + std::string{url} + "' does not begin with http://"};
    std::string_view rest = url.substr(scheme.size());
    const auto slash = std::min(rest.find('/'), rest.size());
    const std::string_view authority = rest.substr(0, slash);
    const auto colon = std::min(authority.find(':'), authority.size());
    address a{.where = {std::string{authority.substr(0, colon)}},
              .path = std::string{rest.substr(slash)}};
    if (a.where.host.empty())
        throw std::invalid_argument{"'" + std::string{url} + "' has no host"};
    if (colon < authority.size())
        a.where.port = authority.substr(colon + 1);
    if (a.path.empty())
        a.path = "/";
    return a;
}

std::vector<std::string> links_in(std::string_view html, const site& of) {
    constexpr std::string_view before = "href=\"";
    std::vector<std::string> links;
    for (auto at = html.find(before); at != html.npos; at = html.find(before, at)) {
        at += before.size();
        add_link(links, html.substr(at, html.find('"', at) - at), of);
    }
    return links;
}

page fetch(const site& from, const std::string& path) {
    tcp::socket server{coppice::this_process::io_executor()};
    tcp::resolver resolver{server.get_executor()};
    asio::async_connect(server, resolver.async_resolve(from.host, from.port, use_process),
                        use_process);
    http::request<http::empty_body> question{http::verb::get, path, 11};
    question.set(http::field::host, from.host + ':' + from.port);
    question.set(http::field::user_agent, "coppice-crawler");
    question.set(http::field::connection, "close");
    http::async_write(server, question, use_process);

    http::response_parser<http::string_body> answer;
    answer.body_limit(largest_body);
    boost::beast::flat_buffer read;
    http::async_read(server, read, answer, use_process);

    const auto& got = answer.get();
    page p{.status = got.result_int(), .bytes = got.body().size(), .links = {}};
    if (got.result_int() / 100 == 3)
        add_link(p.links, std::string{got[http::field::location]}, from);
    else if (got.result_int() == 200)
        p.links = links_in(got.body(), from);
    return p;
}

} // namespace crawler
