// SPDX-License-Identifier: BSL-1.0
#include "where.hpp"
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/fiber/future.hpp>
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
         static boost::asio::thread_pool own{1};
         boost::fibers::promise<boost::system::error_code>
             answered; // an operation here may wait for the answer
         auto answer = answered.get_future();
         auto tell = [p = std::move(answered)](boost::system::error_code ec, int) mutable {
             p.set_value(ec);
         };
         async_call(targets.target, question{}, 20s,
                    boost::asio::bind_executor(own.get_executor(), std::move(tell)));
         const auto ec = answer.get();
         return ec ? std::string{to_string(errc{ec.value()})} : std::string{"yes"};
     }},
};

} // namespace

std::span<const function> asio_functions() { return all; }

} // namespace where
