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

/// A space or a line's end in a target would end the line of the request.
bool can_be_asked_for(std::string_view target) {
    return target.starts_with('/') && !target.starts_with("//") && // that one names another host
           std::ranges::all_of(target, [](char c) { return c > ' ' && c < 0x7f; });
}

void add_link(paths& links, std::string_view target, const site& of) {
    target = target.substr(0, target.find('#'));
    if (target.starts_with(scheme)) {
        target.remove_prefix(scheme.size());
        const auto slash = std::min(target.find('/'), target.size());
        const std::string_view where = target.substr(0, slash);
        if (where != of.host + ':' + of.port && (of.port != "80" || where != of.host))
            return;
        target = slash < target.size() ? target.substr(slash) : "/";
    }
    if (can_be_asked_for(target))
        links.emplace(target);
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
    if (!can_be_asked_for(a.path))
        throw std::invalid_argument{"'" + a.path + "' cannot be asked for"};
    return a;
}

paths links_in(std::string_view html, const site& of) {
    constexpr std::string_view before = "href=\"";
    paths links;
    for (auto at = html.find(before); at != html.npos; at = html.find(before, at)) {
        at += before.size();
        add_link(links, html.substr(at, html.find('"', at) - at), of);
    }
    return links;
}

page fetch(const site& from, const std::string& path) {
    const auto begin = std::chrono::steady_clock::now();
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
    const auto took = std::chrono::steady_clock::now() - begin;
    page p{.status = got.result_int(),
           .bytes = got.body().size(),
           .took = std::chrono::duration_cast<std::chrono::milliseconds>(took),
           .links = {}};
    if (got.result_int() / 100 == 3)
        add_link(p.links, std::string{got[http::field::location]}, from);
    else if (got.result_int() == 200)
        p.links = links_in(got.body(), from);
    return p;
}

} // namespace crawler
