// SPDX-License-Identifier: BSL-1.0
// Tries: use_process where the operation's handler is destroyed and never called, and a kill of a
// process that waits on an io_context that no thread runs any more.
// Right: the wait ends with an error (as use_future's broken promise); at the least the process can
// be killed and stop() leaves nothing.
#include <boost/asio/async_result.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <coppice.hpp>
#include <coppice/asio.hpp>
#include <cstdio>
#include <memory>
using namespace coppice;
using namespace std::chrono_literals;
template <class Token>
auto async_dropped(Token&& t) { // an operation of a user's own that drops its handler
    return boost::asio::async_initiate<Token, void(boost::system::error_code)>(
        [](auto handler) {
            auto gone = std::move(handler);
            (void)gone;
        },
        t);
}
int main(int, char** v) {
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    int bad = 0;
    runtime::start({.threads = 2});
    runtime::run([&] {
        auto a = spawn_monitor([] { async_dropped(use_process); });
        auto d = this_process::receive<down>(1s);
        std::printf("%s handler dropped: %s\n", d ? "ok   " : "WRONG",
                    d ? d->reason.text().c_str() : "waits on");
        bad += !d;
        if (!d) {
            a.process.exit(exit_reason::kill);
            d = this_process::receive<down>(2s);
            std::printf("%s ... and a kill: %s\n", d ? "ok   " : "WRONG",
                        d ? d->reason.text().c_str() : "does not end it");
            bad += !d;
        }
        (void)spawn_monitor([] { async_dropped(use_process.until(300ms)); });
        d = this_process::receive<down>(2s);
        std::printf("%s handler dropped, limit 300 ms: %s\n", d ? "ok   " : "WRONG",
                    d ? d->reason.text().c_str() : "waits on");
        bad += !d;
        if (v[1]) {
            auto io = std::make_shared<boost::asio::io_context>();
            auto c = spawn_monitor([io] {
                boost::asio::steady_timer t{*io, 1h};
                t.async_wait(use_process);
            });
            this_process::sleep(100ms);
            c.process.exit(exit_reason::kill);
            d = this_process::receive<down>(1s);
            std::printf("%s kill of one that waits on an io_context that no thread runs: %s\n",
                        d ? "ok   " : "WRONG", d ? d->reason.text().c_str() : "does not end it");
            bad += !d;
        }
    });
    const auto left = runtime::stop(1s);
    std::printf("%s left behind by stop: %zu\n", left.empty() ? "ok   " : "WRONG", left.size());
    bad += !left.empty();
    std::fflush(stdout);
    std::_Exit(bad != 0);
}
