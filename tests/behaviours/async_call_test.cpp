// SPDX-License-Identifier: BSL-1.0
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>
#include <coppice/asio.hpp>
#include <coppice/gen_server.hpp>
#include <coppice/runtime.hpp>
#include <thread>

using namespace coppice;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using boost::system::error_code;

namespace {

struct increment {
    using reply = int;
};
struct fetch {
    using reply = std::unique_ptr<int>;
};
struct reset {
    using reply = void;
};
struct keep_waiting {
    using reply = int;
};
struct crash {
    using reply = int;
};

class counter {
public:
    int handle_call(increment) { return ++n_; }
    std::unique_ptr<int> handle_call(fetch) { return std::make_unique<int>(n_); }
    void handle_call(reset) { n_ = 0; }
    void handle_call(keep_waiting, from<int> caller) { kept_.push_back(std::move(caller)); }
    int handle_call(crash) { throw std::runtime_error{"boom"}; }

private:
    int n_ = 0;
    std::vector<from<int>> kept_;
};

struct with_runtime {
    with_runtime() { runtime::start({.threads = 2}); }
    ~with_runtime() { runtime::stop(); }
    asio::io_context io;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(async_call_suite, with_runtime)

BOOST_AUTO_TEST_CASE(a_callback_gets_the_answer_on_its_own_executor) {
    auto r = start<counter>();
    const auto here = std::this_thread::get_id();
    int got = 0;
    async_call(r, increment{}, asio::bind_executor(io, [&](error_code ec, int n) {
                   BOOST_TEST(!ec);
                   BOOST_TEST((std::this_thread::get_id() == here));
                   got = n;
               }));
    BOOST_TEST(got == 0); // the handler never runs inside the call
    io.run();
    BOOST_TEST(got == 1);
}

BOOST_AUTO_TEST_CASE(every_token_of_asio_fits) {
    auto r = start<counter>();
    auto future = async_call(r, increment{}, asio::use_future);
    BOOST_TEST(future.get() == 1);
    BOOST_TEST(*async_call(r, fetch{}, asio::use_future).get() ==
               1); // a reply that can only be moved
    async_call(r, reset{}, asio::use_future).get();
    asio::co_spawn(
        io,
        [&]() -> asio::awaitable<void> {
            const int n = co_await async_call(r, increment{}, asio::use_awaitable);
            BOOST_TEST(n == 1);
            const auto [ec, m] =
                co_await async_call(r, increment{}, 1s, asio::as_tuple(asio::use_awaitable));
            BOOST_TEST(!ec);
            BOOST_TEST(m == 2);
        },
        [](const std::exception_ptr& e) { BOOST_TEST(!e); });
    auto later = async_call(r, increment{}, asio::deferred);
    io.run();
    std::move(later)(asio::bind_executor(io, [](error_code ec, int n) {
        BOOST_TEST(!ec);
        BOOST_TEST(n == 3); // the request was not sent before
    }));
    io.restart();
    io.run();
}

BOOST_AUTO_TEST_CASE(a_process_waits_for_a_call_like_for_any_operation) {
    runtime::run([] {
        auto r = start<counter>();
        const int n = async_call(r, increment{}, use_process);
        BOOST_TEST(n == 1);
        BOOST_CHECK_THROW(async_call(r, crash{}, use_process), boost::system::system_error);
    });
}

BOOST_AUTO_TEST_CASE(failures_are_error_codes_with_a_sentence) {
    auto r = start<counter>();
    const auto error_of = [&](auto&& message, time_limit limit) {
        error_code seen;
        async_call(r, message, limit, asio::bind_executor(io, [&](error_code ec, int n) {
                       seen = ec;
                       BOOST_TEST(n == 0);
                   }));
        io.restart();
        io.run();
        return seen;
    };
    BOOST_TEST(error_of(keep_waiting{}, 1ms) == error_code{errc::timeout});
    BOOST_TEST(error_of(keep_waiting{}, time_limit::clock::now() - 1s) ==
               error_code{errc::timeout});
    BOOST_TEST(error_of(crash{}, 5s) == error_code{errc::exited});
    BOOST_TEST(error_of(increment{}, infinity) == error_code{errc::noproc});
    BOOST_TEST(error_code{errc::timeout}.message() ==
               "the timeout has passed before the reply came");
    BOOST_TEST(error_code{errc::timeout}.category().name() == "coppice");
}

BOOST_AUTO_TEST_CASE(a_call_is_cancelled_through_the_slot_of_its_token) {
    auto r = start<counter>();
    asio::cancellation_signal signal;
    error_code seen;
    async_call(r, keep_waiting{}, infinity,
               asio::bind_cancellation_slot(
                   signal.slot(), asio::bind_executor(io, [&](error_code ec, int) { seen = ec; })));
    io.poll(); // the call is registered now
    signal.emit(asio::cancellation_type::all);
    io.run();
    BOOST_TEST(seen == error_code{asio::error::operation_aborted});
}

BOOST_AUTO_TEST_CASE(answers_and_limits_that_race_complete_exactly_once) {
    auto r = start<counter>();
    asio::thread_pool pool{2};
    std::atomic<int> answered{0}, late{0};
    constexpr int calls = 5'000;
    for (int i = 0; i < calls; ++i)
        async_call(r, increment{}, std::chrono::microseconds{i % 100},
                   asio::bind_executor(pool, [&](error_code ec, int) {
                       if (!ec)
                           ++answered;
                       else if (ec == errc::timeout)
                           ++late;
                   }));
    pool.join();
    BOOST_TEST(answered + late == calls);
    BOOST_TEST(r.call(increment{}) ==
               calls + 1); // a request with a late answer was served all the same
}

// --- cancellation at any time ---

BOOST_AUTO_TEST_CASE(a_call_is_cancelled_before_its_executor_has_run) {
    auto r = start<counter>();
    asio::cancellation_signal signal;
    error_code seen;
    int times = 0;
    async_call(r, keep_waiting{}, infinity,
               asio::bind_cancellation_slot(signal.slot(),
                                            asio::bind_executor(io, [&](error_code ec, int) {
                                                seen = ec;
                                                ++times;
                                            })));
    signal.emit(asio::cancellation_type::all);
    signal.emit(asio::cancellation_type::all);
    BOOST_TEST(times == 0); // the handler never runs inside the call or inside the signal
    io.run();
    BOOST_TEST(seen == error_code{asio::error::operation_aborted});
    BOOST_TEST(times == 1);
}

BOOST_AUTO_TEST_CASE(a_cancellation_after_the_end_and_a_signal_that_goes_first_are_harmless) {
    auto r = start<counter>();
    int got = 0;
    const auto note = [&](error_code ec, int n) {
        BOOST_TEST(!ec);
        got = n;
    };
    asio::cancellation_signal late;
    async_call(r, increment{},
               asio::bind_cancellation_slot(late.slot(), asio::bind_executor(io, note)));
    io.run();
    late.emit(asio::cancellation_type::all);
    BOOST_TEST(got == 1);
    auto early = std::make_unique<asio::cancellation_signal>();
    async_call(r, increment{},
               asio::bind_cancellation_slot(early->slot(), asio::bind_executor(io, note)));
    early.reset();
    io.restart();
    io.run();
    BOOST_TEST(got == 2);
}

// --- the end of the execution context ---

BOOST_AUTO_TEST_CASE(an_answer_after_the_end_of_the_io_context_is_dropped) {
    auto r = start<counter>();
    const auto handler_lives = std::make_shared<int>();
    {
        asio::io_context short_lived;
        async_call(r, keep_waiting{}, infinity,
                   asio::bind_executor(short_lived, [handler_lives](error_code, int) {}));
        short_lived.poll();
        async_call(r, keep_waiting{}, infinity, // the call has not begun yet
                   asio::bind_executor(short_lived, [handler_lives](error_code, int) {}));
        BOOST_TEST(handler_lives.use_count() == 3);
    }
    BOOST_TEST(handler_lives.use_count() == 1);     // destroyed as all pending handlers of Asio
    BOOST_CHECK_THROW(r.call(crash{}), call_error); // its crash answers the kept requests
}

BOOST_AUTO_TEST_CASE(an_io_context_may_end_while_answers_come) {
    auto r = start<counter>();
    for (int i = 0; i < 300; ++i) {
        asio::io_context short_lived;
        for (int n = 0; n < 10; ++n)
            async_call(r, increment{}, asio::bind_executor(short_lived, [](error_code, int) {}));
        for (int n = 0; n < i % 20; ++n)
            short_lived.poll_one();
    }
    BOOST_TEST(r.call(increment{}) == 3001);
}

BOOST_AUTO_TEST_CASE(a_process_that_waits_for_a_call_is_told_of_the_end_of_its_context) {
    error_code ec;
    runtime::run([&] {
        auto r = start<counter>();
        auto short_lived = std::make_unique<asio::io_context>();
        std::atomic<bool> is_under_way{false};
        std::thread destroyer{[&] {
            while (!is_under_way)
                std::this_thread::yield();
            short_lived.reset();
        }};
        auto token = use_process[ec];
        asio::async_initiate<use_process_t, void(error_code)>(
            [&](auto handler) {
                async_call(r, keep_waiting{}, infinity,
                           asio::bind_executor(*short_lived,
                                               [h = std::move(handler)](error_code e, int) mutable {
                                                   std::move(h)(e);
                                               }));
                is_under_way = true;
            },
            token);
        destroyer.join();
    });
    BOOST_TEST(ec == error_code{asio::error::operation_aborted});
}

BOOST_AUTO_TEST_SUITE_END()
