// SPDX-License-Identifier: BSL-1.0
// A program of Asio's, with an io_context of its own, and supervised servers beside it.
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <coppice.hpp>
#include <coppice/asio.hpp>
#include <csignal>
#include <cstdio>

using namespace coppice;
using namespace std::chrono_literals;
namespace asio = boost::asio;

struct visit {
    using reply = int;
};

class counter {
public:
    int handle_call(visit) { return ++n_; }

private:
    int n_ = 0;
};
inline constexpr server_name<counter> the_counter{"counter"};

asio::awaitable<void> session() {
    for (int i = 0; i < 2; ++i) {
        const int n = co_await async_call(the_counter, visit{}, 1s, asio::use_awaitable);
        std::printf("visit %d\n", n);
    }
    std::raise(SIGTERM); // to try it: be told to stop
}

int main() {
    runtime::start();
    const auto tree = start<supervisor>(supervisor_flags{.strategy = one_for_one},
                                        std::vector<child_spec>{child<counter>(the_counter)});
    asio::io_context io;
    asio::signal_set signals{io, SIGTERM, SIGINT};
    signals.async_wait([&](boost::system::error_code, int) { io.stop(); });
    async_call(the_counter, visit{}, 1s, // with a handler; or a future, or a coroutine
               asio::bind_executor(io, [&](boost::system::error_code ec, int n) {
                   std::printf("visit %d%s\n", n, ec ? ec.message().c_str() : "");
                   asio::co_spawn(io, session(), asio::detached);
               }));
    io.run();

    tree.stop(exit_reason::shutdown); // children first, the newest first
    return runtime::stop().empty() ? 0 : 1;
}
