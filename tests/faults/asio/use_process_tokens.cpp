// SPDX-License-Identifier: BSL-1.0
// Tries: use_process with the completion signatures and adapters that Asio has (void(),
// exception_ptr, values only, as_tuple ...).
// Right: what works with Asio's own yield_context / use_future works here.
#include "case.hpp"
#include <boost/asio.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <functional>
namespace asio = boost::asio;
using ec_t = boost::system::error_code;
struct ask {
    using reply = int;
};
struct srv {
    int handle_call(ask) {
        this_process::sleep(50ms);
        return 0;
    }
};
static bool wrong = false;
static void token(const char* what,
                  const std::function<int(asio::any_io_executor, asio::steady_timer&)>& f) {
    runtime::run([&] {
        auto ex = this_process::io_executor();
        asio::steady_timer t{ex, 10ms};
        const int bad = f(ex, t);
        std::printf("%s %s\n", bad ? "WRONG" : "ok   ", what);
        wrong |= bad != 0;
    });
}
int main() {
    watchdog(40);
    token("void(ec)", [](auto, auto& t) {
        t.async_wait(use_process);
        return 0;
    });
    token("asio::post: void()", [](auto ex, auto&) {
        asio::post(ex, use_process);
        return 0;
    });
    token("co_spawn: void(exception_ptr, int)", [](auto ex, auto&) {
        return asio::co_spawn(
            ex, []() -> asio::awaitable<int> { co_return 0; }, use_process);
    });
    token("co_spawn: void(exception_ptr)", [](auto ex, auto&) {
        asio::co_spawn(
            ex, []() -> asio::awaitable<void> { co_return; }, use_process);
        return 0;
    });
    token("as_tuple", [](auto, auto& t) {
        auto [ec] = t.async_wait(asio::as_tuple(use_process));
        return int{ec.failed()};
    });
    token("redirect_error", [](auto, auto& t) {
        ec_t ec;
        t.async_wait(asio::redirect_error(use_process, ec));
        return int{ec.failed()};
    });
    token("channel", [](auto ex, auto&) {
        asio::experimental::channel<void(ec_t, int)> ch{ex, 1};
        ch.try_send(ec_t{}, 5);
        return int{ch.async_receive(use_process) != 5};
    });
    token("parallel_group", [](auto ex, auto& t) {
        asio::steady_timer u{ex, 1h};
        (void)asio::experimental::make_parallel_group(t.async_wait(asio::deferred),
                                                      u.async_wait(asio::deferred))
            .async_wait(asio::experimental::wait_for_one(), use_process);
        return 0;
    });
    token("deferred", [](auto, auto& t) {
        t.async_wait(asio::deferred)(use_process);
        return 0;
    });
    token("bind_executor", [](auto ex, auto& t) {
        t.async_wait(asio::bind_executor(ex, use_process));
        return 0;
    });
    token("move-only value", [](auto, auto&) {
        auto op = [](auto&& k) {
            return asio::async_initiate<decltype(k), void(ec_t, std::unique_ptr<int>)>(
                [](auto h) { std::move(h)(ec_t{}, std::make_unique<int>(0)); }, k);
        };
        return *op(use_process);
    });
    token("initiation throws", [](auto, auto&) {
        auto op = [](auto&& k) {
            return asio::async_initiate<decltype(k), void(ec_t)>(
                [](auto) { throw std::runtime_error{"x"}; }, k);
        };
        try {
            op(use_process);
        } catch (const std::runtime_error&) {
            return 0;
        }
        return 1;
    });
    token("no error code: void(int)", [](auto, auto&) {
        auto op = [](auto&& k) {
            return asio::async_initiate<decltype(k), void(int)>([](auto h) { std::move(h)(0); }, k);
        };
        return op(use_process);
    });
    token("several values", [](auto, auto&) {
        auto op = [](auto&& k) {
            return asio::async_initiate<decltype(k), void(ec_t, int, int)>(
                [](auto h) { std::move(h)(ec_t{}, 0, 0); }, k);
        };
        auto [a, b] = op(use_process);
        return a + b;
    });
    token("bind_cancellation_slot", [](auto ex, auto&) {
        asio::cancellation_signal sig;
        asio::steady_timer u{ex, 1h};
        ec_t ec;
        asio::post(ex, [&] { sig.emit(asio::cancellation_type::all); });
        u.async_wait(asio::bind_cancellation_slot(sig.slot(), use_process[ec].until(1s)));
        return int{ec != asio::error::operation_aborted};
    });
    token("async_call in a coroutine", [](auto, auto&) {
        auto s = start<srv>();
        asio::io_context io;
        int got = -1;
        asio::co_spawn(
            io,
            [&]() -> asio::awaitable<void> {
                got = co_await async_call(s, ask{}, asio::use_awaitable);
            },
            asio::detached);
        blocking([&] { io.run(); });
        return got;
    });
    token("async_call, use_future", [](auto, auto&) {
        int bad = 1;
        auto s = start<srv>();
        asio::io_context io;
        auto f = async_call(s, ask{}, asio::bind_executor(io, asio::use_future));
        blocking([&] {
            io.run();
            bad = f.get();
        });
        return bad;
    });
    return verdict(!wrong, "use_process with Asio's signatures and adapters");
}
