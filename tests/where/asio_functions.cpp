// SPDX-License-Identifier: BSL-1.0
#include "where.hpp"
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <coppice/asio.hpp>

namespace where {

using namespace coppice;
using namespace std::chrono_literals;

namespace {

constexpr function all[] = {
    {"this_process::io_executor",
     [] { return std::string{this_process::io_executor() ? "yes" : "null"}; }},
    {"use_process",
     [] {
         static boost::asio::io_context own;
         boost::asio::steady_timer timer{this_process::self() ? this_process::io_executor()
                                                              : own.get_executor()};
         timer.expires_after(1ms);
         timer.async_wait(use_process);
         return std::string{"yes"};
     }},
    {"async_call",
     [] {
         boost::asio::io_context own;
         std::string got = "never";
         async_call(
             around.target, question{}, 1s,
             boost::asio::bind_executor(own.get_executor(), [&](boost::system::error_code ec, int) {
                 got = ec ? "error " + ec.message().substr(0, 24) : "yes";
             }));
         own.run();
         return got;
     }},
};

} // namespace

std::span<const function> asio_functions() { return all; }

} // namespace where
