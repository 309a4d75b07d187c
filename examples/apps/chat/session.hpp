// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

namespace chat {

/// Talks with one browser, until it goes: it sends `{"room": ..., "name": ...}` first, and then
/// `{"say": ...}`. It is told `{"history": [...]}`, `{"from": ..., "text": ...}`, `{"came": name}`,
/// `{"went": name}`, `{"again": room}` when the room was started anew, and `{"error": ...}`.
///
/// A browser that does not take what it is sent is disconnected, with code 1008; when the program
/// stops it is 1001.
/// Context: a process that is a function, and has nothing else to do.
void run_session(boost::asio::ip::tcp::socket browser,
                 const boost::beast::http::request<boost::beast::http::string_body>& upgrade);

} // namespace chat
